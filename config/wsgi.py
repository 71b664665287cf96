"""WSGI entry point: pages and API."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from config.startup import StartError, prepare

try:
    prepare()
except StartError as error:
    raise SystemExit(str(error)) from None

application = get_wsgi_application()
if settings.TRUSTED_PROXIES:
    application = wrap_wsgi_with_proxy_headers(application, settings.TRUSTED_PROXIES)
