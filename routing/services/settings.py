"""How sure the classifier must be, and which time rules mean."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from routing.models import RouterSettings


@transaction.atomic
def set_threshold(*, threshold: float, by: User | None) -> RouterSettings:
    """Send posts the classifier is less sure of than `threshold` (0 to 1) to triage.

    Raises `ValidationError` naming the field.
    """
    if not 0 <= threshold <= 1:
        raise ValidationError({"threshold": _("The threshold is a share: 0 to 1.")})
    settings, _created = RouterSettings.objects.update_or_create(
        pk=1, defaults={"threshold": threshold, "updated_by": by}
    )
    return settings


@transaction.atomic
def set_time_zone(*, time_zone: str, by: User | None) -> RouterSettings:
    """Read hours, weekdays and dates of rules in this zone, such as Europe/Berlin.

    Raises `ValidationError` naming the field.
    """
    if time_zone not in available_timezones():
        raise ValidationError({"time_zone": _("There is no such time zone.")})
    settings, _created = RouterSettings.objects.update_or_create(
        pk=1, defaults={"time_zone": time_zone, "updated_by": by}
    )
    return settings
