"""Asking another department about a ticket, and answering it."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from inbox.forms import consults as forms
from inbox.models import TicketEvent
from inbox.queries import tickets_in_full
from inbox.services import consults
from inbox.views.actions import Action, show


class Ask(Action):
    name = "ask"
    form = forms.AskForm

    def do(self) -> TicketEvent:
        department, question = self.data["department"], self.data["question"]
        return consults.ask(department=department, question=question, **self.given)

    def told(self) -> str:
        told = {"pk": self.ticket.pk, "department": self.data["department"]}
        return _("%(department)s is asked about #%(pk)d.") % told


class Answer(Action):
    name = "answer"
    form = forms.AnswerForm

    def do(self) -> TicketEvent:
        consult, text = self.data["consult"], self.data["answer"]
        return consults.answer(consult=consult, text=text, by=self.request.user)

    def told(self) -> str:
        told = {"pk": self.ticket.pk, "department": self.data["consult"].department}
        return _("Answered #%(pk)d for %(department)s.") % told

    def go_on(self) -> HttpResponse:
        """Show the ticket, or the list when it was shown for the asking alone."""
        if tickets_in_full(self.request.user).filter(pk=self.ticket.pk).exists():
            return super().go_on()
        return show(self.request, None, changed=self.ticket.pk, moved=True)


class Withdraw(Action):
    name = "withdraw"
    form = forms.WithdrawForm

    def do(self) -> TicketEvent:
        return consults.withdraw(consult=self.data["consult"], by=self.request.user)

    def told(self) -> str:
        told = {"pk": self.ticket.pk, "department": self.data["consult"].department}
        return _("The question about #%(pk)d to %(department)s is withdrawn.") % told
