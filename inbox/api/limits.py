"""How much one person may ask."""

from __future__ import annotations

from django.conf import settings
from rest_framework.throttling import UserRateThrottle


class PersonThrottle(UserRateThrottle):
    """Requests a minute and person, counted in each web process: a brake, not a bill."""

    scope = "person"

    def get_rate(self) -> str:
        return f"{settings.API_REQUESTS_PER_MINUTE}/minute"
