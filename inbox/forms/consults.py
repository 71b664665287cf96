"""What people fill in to ask another department, and to answer it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Department
from inbox.forms.tickets import ActionForm
from inbox.models import Consult
from inbox.models.consults import LONGEST_ANSWER, LONGEST_QUESTION


class AskForm(ActionForm):
    department = forms.ModelChoiceField(
        queryset=Department.objects.all(),
        to_field_name="slug",
        error_messages={
            "required": gettext_lazy("Choose a department."),
            "invalid_choice": gettext_lazy("Choose a department of the list."),
        },
    )
    question = forms.CharField(
        max_length=LONGEST_QUESTION,
        error_messages={"required": gettext_lazy("Say what you want to know.")},
    )


class WithdrawForm(ActionForm):
    """Which of the ticket's consults is meant."""

    consult = forms.IntegerField(min_value=1, max_value=2**63 - 1)

    def clean_consult(self) -> Consult:
        found = Consult.objects.filter(ticket=self.ticket, pk=self.cleaned_data["consult"])
        consult = found.select_related("department", "asked_by").first()
        if consult is None:
            raise forms.ValidationError(_("There is no such question on this ticket."))
        return consult


class AnswerForm(WithdrawForm):
    answer = forms.CharField(
        max_length=LONGEST_ANSWER,
        error_messages={"required": gettext_lazy("Write the answer.")},
    )
