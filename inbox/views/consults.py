"""Asking another department about a ticket, answering it, and settling whose it is."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from inbox.forms import consults as forms
from inbox.forms.tickets import SettleForm
from inbox.models import TicketEvent
from inbox.queries import tickets_in_full
from inbox.services import bounces, consults
from inbox.views.actions import Action, show


def show_or_leave(action: Action) -> HttpResponse:
    """Show the ticket as it is now, or the list when it went out of sight."""
    found = tickets_in_full(action.request.user).filter(pk=action.ticket.pk).first()
    return show(action.request, found, changed=action.ticket.pk, moved=found is None)


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
        return show_or_leave(self)


class Withdraw(Action):
    name = "withdraw"
    form = forms.WithdrawForm

    def do(self) -> TicketEvent:
        return consults.withdraw(consult=self.data["consult"], by=self.request.user)

    def told(self) -> str:
        told = {"pk": self.ticket.pk, "department": self.data["consult"].department}
        return _("The question about #%(pk)d to %(department)s is withdrawn.") % told


class Settle(Action):
    name = "settle"
    form = SettleForm

    def do(self) -> TicketEvent:
        to, reason = self.data["to"], self.data["reason"]
        return bounces.settle(to=to, reason=reason, **self.given)

    def told(self) -> str:
        told = {"pk": self.ticket.pk, "department": self.data["to"]}
        return _("It is settled: #%(pk)d belongs to %(department)s.") % told

    def go_on(self) -> HttpResponse:
        """Show the ticket, or the list when it was settled into a confidential department."""
        return show_or_leave(self)
