"""What people fill in to act on a ticket."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Department, User
from inbox.models import Ticket
from inbox.models.triage import SPAM
from inbox.queries.triage import MOST_ALIKE

NINE = time(9, 0)


class ActionForm(forms.Form):
    """Nothing to fill in; every action knows who acts, and on which ticket."""

    def __init__(self, *args: Any, by: User, ticket: Ticket, **kwargs: Any) -> None:
        self.by, self.ticket = by, ticket
        super().__init__(*args, **kwargs)


class AssignForm(ActionForm):
    to = forms.ModelChoiceField(
        queryset=User.objects.filter(is_active=True),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose a person of the list.")},
    )


class NoteForm(ActionForm):
    text = forms.CharField(
        max_length=20_000,
        error_messages={"required": gettext_lazy("Write something first.")},
        strip=False,
    )


class TagsForm(ActionForm):
    tags = forms.CharField(max_length=2_000, required=False)

    def clean_tags(self) -> list[str]:
        return [name for name in self.cleaned_data["tags"].split(",") if name.strip()]


class PriorityForm(ActionForm):
    priority = forms.TypedChoiceField(
        choices=Ticket.Priority.choices,
        coerce=int,
        error_messages={
            "required": gettext_lazy("Choose a priority."),
            "invalid_choice": gettext_lazy("Choose a priority of the list."),
        },
    )


class HandOverForm(ActionForm):
    to = forms.CharField(
        max_length=60, error_messages={"required": gettext_lazy("Choose a department.")}
    )
    reason = forms.CharField(
        max_length=500, error_messages={"required": gettext_lazy("Say why in a few words.")}
    )

    def clean_to(self) -> Department | None:
        slug = self.cleaned_data["to"]
        if slug == "triage":
            return None
        found = Department.objects.active().filter(slug=slug).first()
        if found is None:
            raise forms.ValidationError(_("Choose a department of the list."))
        return found


class SettleForm(HandOverForm):
    """Whose the ticket is; triage is no answer."""

    def clean_to(self) -> Department | None:
        found = super().clean_to()
        if found is None:
            raise forms.ValidationError(_("Choose a department of the list."))
        return found


class SortForm(ActionForm):
    """Where a ticket in triage belongs, and which others say the same."""

    to = forms.CharField(
        max_length=60, error_messages={"required": gettext_lazy("Choose a department.")}
    )
    alike = forms.CharField(max_length=2000, required=False)

    def clean_to(self) -> Department | None:
        """The department; None for spam."""
        slug = self.cleaned_data["to"]
        if slug == SPAM:
            return None
        found = Department.objects.active().filter(slug=slug).first()
        if found is None:
            raise forms.ValidationError(_("Choose a department of the list."))
        return found

    def clean_alike(self) -> list[Ticket]:
        """The other tickets, as far as they still wait where this person sees them."""
        words = self.cleaned_data["alike"].split(",")
        ids = [int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 19]
        waiting = Ticket.objects.visible_to(self.by).open().filter(department=None)
        return list(waiting.filter(pk__in=ids[:MOST_ALIKE]).exclude(pk=self.ticket.pk))


class SnoozeForm(ActionForm):
    """A preset by name, worked out when it is sent, or a time in the person's own zone."""

    when = forms.CharField(required=False)
    until = forms.CharField(required=False, max_length=30)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        when, until = data.get("when", ""), data.get("until", "")
        if preset := presets_of(self.by).get(when):
            data["at"] = preset
            return data
        try:
            data["at"] = datetime.fromisoformat(until).replace(tzinfo=zone_of(self.by))
        except ValueError:
            raise forms.ValidationError(_("Say until when: a day and a time.")) from None
        return data


def zone_of(user: User) -> ZoneInfo:
    """The time zone a person lives in; UTC when it is not known."""
    try:
        return ZoneInfo(user.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def presets_of(user: User) -> dict[str, datetime]:
    """When a snooze may end, by name, in the user's own days."""
    now = timezone.now().astimezone(zone_of(user))
    tomorrow = now.date() + timedelta(days=1)
    monday = now.date() + timedelta(days=7 - now.weekday())
    return {
        "3h": now + timedelta(hours=3),
        "tomorrow": datetime.combine(tomorrow, NINE, now.tzinfo),
        "monday": datetime.combine(monday, NINE, now.tzinfo),
    }


PRESET_LABELS = {
    "3h": gettext_lazy("In 3 hours"),
    "tomorrow": gettext_lazy("Tomorrow"),
    "monday": gettext_lazy("Monday"),
}
