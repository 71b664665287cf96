"""What every template may use."""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest


def live(request: HttpRequest) -> dict[str, str]:
    """`live_url`: where this browser finds the live-update stream."""
    return {"live_url": live_url(request)}


def live_url(request: HttpRequest) -> str:
    """Resolve LIVE_URL for the host that the browser asked; a bare port needs it."""
    url: str = settings.LIVE_URL
    if not url.startswith(":"):
        return url
    try:
        host = request.get_host()
    except DisallowedHost:
        # The page that says so is drawn too.
        return ""
    # An IPv6 address is bracketed, so a colon after the last bracket begins the port.
    if ":" in host.rpartition("]")[2]:
        host = host.rpartition(":")[0]
    return f"{request.scheme}://{host}{url}"
