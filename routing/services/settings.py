"""How sure the classifier must be."""

from __future__ import annotations

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
