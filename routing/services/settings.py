"""How sure the classifier must be, how it learns, when it is alarming, and which time is meant."""

from __future__ import annotations

from typing import Any
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


@transaction.atomic
def set_consult_margin(*, margin: float, by: User | None) -> RouterSettings:
    """Ask the second likeliest department, too, when it comes within `margin` (0 to 1; 0: never).

    Raises `ValidationError` naming the field.
    """
    if not 0 <= margin <= 1:
        raise ValidationError({"consult_margin": _("The margin is a share: 0 to 1.")})
    settings, _created = RouterSettings.objects.update_or_create(
        pk=1, defaults={"consult_margin": margin, "updated_by": by}
    )
    return settings


LEARNING = ("lesson_weight", "person_share", "least_gain", "most_recall_lost")
ALARMS = (
    *("least_accuracy", "most_triage", "most_bounces", "most_miscalibration", "most_drift"),
    "most_rule_ms",
)


@transaction.atomic
def set_learning(*, by: User | None, **values: Any) -> RouterSettings:
    """Change how lessons weigh, when a model takes charge and when an alarm is raised.

    `values` are fields among `LEARNING` and `ALARMS`. Raises `ValidationError` naming each wrong
    field.
    """
    unknown = set(values) - {*LEARNING, *ALARMS}
    if unknown:
        raise TypeError(f"The settings have no field {', '.join(sorted(unknown))}.")
    settings = RouterSettings.objects.select_for_update().filter(pk=1).first() or RouterSettings(
        pk=1
    )
    for name, value in values.items():
        setattr(settings, name, value)
    settings.updated_by = by
    settings.clean_fields(exclude=["updated_by"])
    settings.save()
    return settings
