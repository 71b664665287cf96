"""WSGI entry point: pages and API."""

from django.core.wsgi import get_wsgi_application

from config.startup import StartError, prepare

try:
    prepare()
except StartError as error:
    raise SystemExit(str(error)) from None

application = get_wsgi_application()
