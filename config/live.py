"""ASGI entry point of the live-update process."""

import django

from config.startup import StartError, prepare

try:
    prepare()
except StartError as error:
    raise SystemExit(str(error)) from None

django.setup()

from inbox.live_server.server import LiveServer  # noqa: E402 - its models need the set-up above

application = LiveServer()
