"""Forms of the routing page."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, Skill, SlaPolicy, User
from inbox.models import Channel, Post, Ticket
from routing.models import AuthorList, Rule

THEN = "then"
DEPARTMENT = "department:"


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        lines = [line.strip() for line in (value or "").splitlines()]
        return [line for line in lines if line]


class TagsField(forms.CharField):
    """Tags with commas between."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        return [tag for part in (value or "").split(",") if (tag := part.strip())]


class DateField(forms.DateField):
    """A day, with the browser's own picker."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class RuleForm(forms.Form):
    """What a rule is called and does; its conditions are `forms.conditions`."""

    name = forms.CharField(label=_("Name"), max_length=120)
    then = forms.ChoiceField(
        label=_("Then the post"), error_messages={"required": _("Choose what becomes of the post.")}
    )
    priority = forms.TypedChoiceField(
        label=_("Priority"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", _("as usual")), *Ticket.Priority.choices],
    )
    tags = TagsField(label=_("Tags, with commas between"), required=False)
    assignee = forms.ModelChoiceField(
        label=_("Give it to"), queryset=User.objects.none(), required=False, empty_label=_("nobody")
    )
    skill = forms.ModelChoiceField(
        label=_("Give it to somebody with the skill"),
        queryset=Skill.objects.all(),
        required=False,
        empty_label=_("none"),
    )
    sla_policy = forms.ModelChoiceField(
        label=_("SLA policy"),
        queryset=SlaPolicy.objects.none(),
        required=False,
        empty_label=_("the department’s"),
    )
    approval_by = forms.ModelChoiceField(
        label=_("Replies need the approval of"),
        queryset=Department.objects.none(),
        required=False,
        empty_label=_("nobody"),
    )
    approval_by_leads = forms.BooleanField(
        label=_("Only its leads may approve them"), required=False
    )
    consult = forms.ModelChoiceField(
        label=_("Ask another department, too"),
        queryset=Department.objects.none(),
        required=False,
        empty_label=_("none"),
    )
    notify_user = forms.ModelChoiceField(
        label=_("Tell a colleague"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("nobody"),
    )
    notify_department = forms.ModelChoiceField(
        label=_("Tell a department"),
        queryset=Department.objects.none(),
        required=False,
        empty_label=_("none"),
    )
    goes_on = forms.BooleanField(
        label=_("Go on with the rules below"),
        required=False,
        help_text=_("They may add what this one leaves open. Without it, they do not count."),
    )
    is_active = forms.BooleanField(label=_("The rule is on"), required=False, initial=True)
    starts_on = DateField(label=_("First day"), required=False)
    ends_on = DateField(label=_("Last day"), required=False)
    owner = forms.ModelChoiceField(
        label=_("Who looks after it"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("nobody"),
    )
    notes = forms.CharField(
        label=_("Notes"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 2})
    )
    reason = forms.CharField(
        label=_("Why this change?"),
        required=False,
        max_length=300,
        help_text=_("Stands in the history."),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    ACTIONS = ("then", "priority", "tags", "assignee", "skill", "sla_policy", "approval_by")
    MORE = ("approval_by_leads", "consult", "notify_user", "notify_department", "goes_on")
    FRAME = ("starts_on", "ends_on", "owner", "notes", "is_active")

    def __init__(self, *args: Any, rule: Rule | None = None, **kwargs: Any) -> None:
        if rule is not None:
            plain = [name for name in self.base_fields if name not in {THEN, "reason"}]
            initial = {name: getattr(rule, name) for name in plain}
            place = f"{DEPARTMENT}{rule.department_id}" if rule.department_id else rule.place
            kwargs.setdefault("initial", {**initial, THEN: place})
        super().__init__(*args, **kwargs)
        departments = Department.objects.active()
        places = [(f"{DEPARTMENT}{d.pk}", _("goes to %s") % d.name) for d in departments]
        others = [c for c in Rule.Place.choices if c[0] != Rule.Place.DEPARTMENT]
        # Whatever stood first would be chosen for whoever overlooks it.
        unchosen = [("", _("choose …"))] if rule is None else []
        self.fields[THEN].choices = [*unchosen, *places, *others]  # type: ignore[attr-defined]
        people = User.objects.filter(is_active=True, memberships__isnull=False).distinct()
        for name in ("assignee", "notify_user", "owner"):
            self.fields[name].queryset = people.order_by("name", "pk")  # type: ignore[attr-defined]
        for name in ("approval_by", "consult", "notify_department"):
            self.fields[name].queryset = departments  # type: ignore[attr-defined]
        policies = SlaPolicy.objects.filter(is_active=True)
        self.fields["sla_policy"].queryset = policies  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """What the services take, of the fields that are valid."""
        values = {n: v for n, v in self.cleaned_data.items() if n not in {"reason", "version"}}
        then = str(values.pop(THEN, ""))
        if then.startswith(DEPARTMENT):
            key = then.removeprefix(DEPARTMENT)
            values["department"] = Department.objects.filter(pk=key).first()
            values["place"] = Rule.Place.DEPARTMENT
        elif then:
            values |= {"place": Rule.Place(then), "department": None}
        return values

    def show_faults(self, error: ValidationError) -> None:
        """Put what the service says where the form shows it."""
        faults = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for field, sentences in faults.items():
            where = THEN if field in {"department", "place"} else field
            for sentence in sentences:
                is_shown = where in self.fields and where != "version"
                self.add_error(where if is_shown else None, sentence)

    def group(self, names: tuple[str, ...]) -> list[forms.BoundField]:
        return [self[name] for name in names]

    @property
    def actions(self) -> list[forms.BoundField]:
        return self.group(self.ACTIONS + self.MORE)

    @property
    def frame(self) -> list[forms.BoundField]:
        return self.group(self.FRAME)


class ThresholdForm(forms.Form):
    """How sure the classifier must be, in per cent."""

    percent = forms.IntegerField(
        label=_("How sure, at least, in per cent"),
        min_value=0,
        max_value=100,
        help_text=_("A post the classifier is less sure of waits in triage."),
    )


class ConsultMarginForm(forms.Form):
    """How close the second department must come to be asked, too, in per cent."""

    percent = forms.IntegerField(
        label=_("How far behind the first, at most, in per cent"),
        min_value=0,
        max_value=100,
        help_text=_(
            "When the two likeliest departments are this close, the first gets the ticket and the "
            "second is asked about it. 0: never. What is parked as spam or waits in triage asks "
            "nobody."
        ),
    )


class TimeZoneForm(forms.Form):
    """Which time hours and weekdays in rules mean."""

    time_zone = forms.ChoiceField(
        label=_("Time zone of the organisation"),
        choices=lambda: [(name, name.replace("_", " ")) for name in sorted(available_timezones())],
        help_text=_("Hours, weekdays and days in rules are meant in it."),
    )


class TryForm(forms.Form):
    """A text to route without taking it in."""

    text = forms.CharField(
        label=_("A text"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    channel = forms.ModelChoiceField(
        label=_("As if from"),
        queryset=Channel.objects.order_by("name"),
        required=False,
        empty_label=_("no channel"),
    )
    handle = forms.CharField(label=_("Written by"), max_length=200, required=False)


class SampleForm(TryForm):
    """A text to hold against the conditions of one rule."""

    text = forms.CharField(
        label=_("A text"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    kind = forms.ChoiceField(label=_("It is a"), choices=Post.Kind.choices, required=False)
    is_under_own_post = forms.BooleanField(label=_("It answers a post of ours"), required=False)
    is_follow_up = forms.BooleanField(
        label=_("It continues a resolved conversation"), required=False
    )
    followers = forms.IntegerField(label=_("Followers"), min_value=0, required=False)
    posted_at = forms.DateTimeField(
        label=_("Written at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class AuthorListForm(forms.ModelForm):  # type: ignore[type-arg]
    """A list of known people."""

    handles = LinesField(
        label=_("Handles"),
        required=False,
        help_text=_("One a line, with or without @."),
        widget=forms.Textarea(attrs={"rows": 10}),
    )

    class Meta:
        model = AuthorList
        fields = ["name", "handles"]
        error_messages = {"name": {"unique": _("There is a list of this name already.")}}
