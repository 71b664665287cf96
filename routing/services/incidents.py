"""Incidents: opened, changed, closed and opened again."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.access import access_of
from accounts.models import User
from routing.matching import ANY_INCIDENT
from routing.models import Incident

MOST_EXAMPLES = 50
MOST_PHRASES = 100
FIELDS = {"title", "kind", "phrases", "channels", "languages", "examples", "likeness"}


def may_open_incidents(user: User) -> bool:
    """Whether `user` may open and close incidents: leads and admins may."""
    return access_of(user).is_lead_or_admin


@transaction.atomic
def save_incident(*, incident: Incident, by: User, **values: Any) -> Incident:
    """Open an incident, or change one; its label stays, because rules name it.

    Raises `ValidationError` naming each wrong field.
    """
    if unknown := set(values) - FIELDS:
        raise TypeError(f"An incident has no field {', '.join(sorted(unknown))}.")
    for name, value in values.items():
        setattr(incident, name, value)
    incident.title = " ".join(incident.title.replace("\0", "").split())
    if not incident.pk:
        incident.opened_by = by
        incident.slug = _free_slug(incident.title)
    if len(incident.phrases) > MOST_PHRASES or len(incident.examples) > MOST_EXAMPLES:
        told = {"phrases": MOST_PHRASES, "examples": MOST_EXAMPLES}
        message = _("At most %(phrases)d phrases and %(examples)d examples.") % told
        raise ValidationError({"phrases": [message]})
    incident.full_clean()
    incident.save()
    return incident


def close_incident(*, incident: Incident, by: User) -> bool:
    """Link no more posts to it; return whether it was open."""
    standing = Incident.objects.filter(pk=incident.pk, closed_at=None)
    return bool(standing.update(closed_at=timezone.now(), closed_by=by))


def reopen_incident(*, incident: Incident) -> bool:
    """Link posts to it again; return whether it was closed."""
    closed = Incident.objects.filter(pk=incident.pk, closed_at__isnull=False)
    return bool(closed.update(closed_at=None, closed_by=None))


def _free_slug(title: str) -> str:
    base = slugify(title)[:50] or "incident"
    taken = set(Incident.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    taken.add(ANY_INCIDENT)
    return next(
        s for n in range(len(taken) + 1) if (s := f"{base}-{n}" if n else base) not in taken
    )
