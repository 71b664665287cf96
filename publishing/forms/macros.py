"""Forms of macros and signatures; they read, the services decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.access import access_of
from accounts.models import Department, User
from publishing.macro_text import faults_in
from publishing.models import Macro, Signing, SignOff
from routing import labels


class MacroForm(forms.ModelForm):  # type: ignore[type-arg]
    """A macro; the departments to choose from are those the person leads."""

    topic = forms.ChoiceField(label=_("Topic"), required=False)
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        help_text=_("What using the macro adds to the ticket, with commas between."),
    )

    class Meta:
        model = Macro
        fields = ["name", "department", "shortcut", "text", "topic", "tags", "is_active"]
        widgets = {"text": forms.Textarea(attrs={"rows": 6, "dir": "auto"})}

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        access = access_of(by)
        department: Any = self.fields["department"]
        department.queryset = Department.objects.filter(pk__in=access.led_department_ids)
        department.required = not access.is_admin
        department.empty_label = _("All departments") if access.is_admin else None
        topics = sorted(
            ((slug, str(name)) for slug, name in labels.TOPICS.items()), key=lambda t: t[1]
        )
        kept = self.instance.topic
        own = [] if not kept or kept in labels.TOPICS else [(kept, labels.topic_name(kept))]
        self.fields["topic"] = forms.ChoiceField(
            label=_("Topic"),
            required=False,
            choices=[("", _("any")), *own, *topics],
            help_text=_("On tickets about it the macro stands first."),
        )
        if self.instance.pk:
            self.initial["tags"] = ", ".join(self.instance.tags)
        else:
            del self.fields["is_active"]

    def clean_tags(self) -> list[str]:
        """Labels between commas."""
        return [tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()]

    def clean_text(self) -> str:
        """Only variables that exist, and all closed."""
        text = str(self.cleaned_data["text"])
        if faults := faults_in(text):
            raise forms.ValidationError(faults)
        return text

    def clean_shortcut(self) -> str:
        """With or without the slash people type before it."""
        return str(self.cleaned_data["shortcut"]).lstrip("/").lower()


class SignOffForm(forms.Form):
    """What one is called at the end of replies."""

    text = forms.CharField(
        label=_("Your sign-off"),
        max_length=SignOff.LONGEST,
        required=False,
        help_text=_("In place of your initials or first name, where your department signs."),
    )


class SigningForm(forms.Form):
    """How a department signs."""

    style = forms.ChoiceField(label=_("Signature"), choices=Signing.Style.choices)
