"""Forms of incidents."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts.models import User
from inbox.forms.rules import LinesField, TagsField
from inbox.models import Channel, Ticket
from inbox.models.search import CONFIGURATIONS
from routing.models import Incident
from routing.wording import language_name


class IncidentForm(forms.Form):
    """What is going on, and how its posts are known."""

    title = forms.CharField(label=lazy("What is going on"), max_length=120)
    kind = forms.ChoiceField(label=lazy("It is"), choices=Incident.Kind.choices)
    phrases = LinesField(
        label=lazy("Posts that say one of these belong to it"),
        required=False,
        help_text=lazy("One a line."),
    )
    examples = forms.CharField(
        label=lazy("Or posts like those of these tickets"),
        required=False,
        max_length=500,
        help_text=lazy("Numbers of tickets, with commas between. Needs the sentence encoder."),
    )
    likeness = forms.FloatField(
        label=lazy("How like them, 0.3 to 1"), min_value=0.3, max_value=1.0, initial=0.75
    )
    channels = forms.ModelMultipleChoiceField(
        label=lazy("Only on these channels"),
        queryset=Channel.objects.order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    languages = forms.MultipleChoiceField(
        label=lazy("Only in these languages"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(code, language_name(code)) for code in sorted(CONFIGURATIONS)],
    )

    def __init__(self, data: Any = None, *, incident: Incident, by: User) -> None:
        self.by = by
        names = ("title", "kind", "phrases", "channels", "languages", "likeness")
        initial = {name: getattr(incident, name) for name in names}
        known = Ticket.objects.visible_to(by).filter(decision__in=incident.examples)
        initial["examples"] = ", ".join(str(pk) for pk in known.values_list("pk", flat=True))
        super().__init__(data, initial=initial)
        # Examples of tickets that are not for this person stay.
        seen = set(known.values_list("decision_id", flat=True))
        self.hidden = [key for key in incident.examples if key not in seen]

    def clean_examples(self) -> list[int]:
        """The keys of the decisions on these tickets."""
        words = self.cleaned_data["examples"].replace("#", " ").replace(",", " ").split()
        ids = [int(w) for w in words if w.isascii() and w.isdigit() and len(w) < 19]
        found = dict(
            Ticket.objects.visible_to(self.by).filter(pk__in=ids).values_list("pk", "decision_id")
        )
        missing = [word for word in words if not word.isdigit() or int(word) not in found]
        if missing:
            raise ValidationError(_("There is no ticket %s for you.") % missing[0][:20])
        return self.hidden + [found[pk] for pk in ids if found[pk]]

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {
            **self.cleaned_data,
            "channels": [channel.pk for channel in self.cleaned_data["channels"]],
        }

    def show_faults(self, error: ValidationError) -> None:
        """Put what the service says where the form shows it."""
        for field, sentences in error.message_dict.items():
            for sentence in sentences:
                self.add_error(field if field in self.fields else None, sentence)


class AllForm(forms.Form):
    """What to do with all tickets of an incident."""

    do = forms.ChoiceField(choices=[(name, name) for name in ("resolve", "assign", "tag")])
    to = forms.ModelChoiceField(
        label=lazy("To"),
        queryset=User.objects.filter(is_active=True, memberships__isnull=False)
        .distinct()
        .order_by("name", "pk"),
        required=False,
        empty_label=lazy("nobody"),
    )
    tags = TagsField(label=lazy("Tags, with commas between"), required=False, max_length=500)


class IncidentOfTicketForm(forms.Form):
    """Which open incident a ticket belongs to; empty: none."""

    incident = forms.ModelChoiceField(
        label=lazy("Incident"), queryset=Incident.objects.filter(closed_at=None), required=False
    )
