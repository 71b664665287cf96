"""Why an action did not happen."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from inbox.models import Ticket, TicketEvent

Kind = TicketEvent.Kind
JUST_NOW = timedelta(seconds=1)
# The cause of a conflict is among the last things that happened.
LOOK_BACK = 30


class Conflict(Exception):  # noqa: N818 - the word people use
    """Someone else was first; `message` says who and when, `ticket` is the new state.

    `ticket` is None when the ticket went where the person may not see it.
    """

    def __init__(self, message: str, *, ticket: Ticket | None) -> None:
        super().__init__(message)
        self.message = message
        self.ticket = ticket


class Refused(Exception):  # noqa: N818
    """The action is not possible; `message` says why and what to do, `field` what is wrong."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotAllowed(Refused):
    """Refused because of who asks."""


def conflict_over(ticket_id: int, *, by: User, about: Collection[str] = ()) -> Conflict:
    """The conflict to raise when `ticket_id` is no longer as `by` saw it.

    `about` are the keys of an event's `after` that got in the way (state, department, assignee …);
    the newest event that changed one of them is the one told.
    """
    ticket = (
        Ticket.objects.visible_to(by)
        .filter(pk=ticket_id)
        .select_related(
            *("channel", "contact", "department", "assignee"),
            *("decision", "sla_policy", "approval_by", "incident"),
        )
        .first()
    )
    if ticket is None:
        return Conflict(_("This ticket has moved to another department."), ticket=None)
    newest = (
        TicketEvent.objects.filter(ticket=ticket_id)
        .select_related("actor")
        .order_by("-at", "-id")[:LOOK_BACK]
    )
    for event in newest:
        if set(about) & set(event.data.get("after", ())):
            return Conflict(_told(event, by=by), ticket=ticket)
    if "posts" in about:
        return Conflict(_("A new post came in. Read it first."), ticket=ticket)
    return Conflict(_("This ticket changed meanwhile. Here is how it is now."), ticket=ticket)


def _told(event: TicketEvent, *, by: User) -> str:
    age = timezone.now() - event.at
    ago = _("just now") if age < JUST_NOW else naturaltime(event.at)
    if event.actor is None:
        return str(BY_ITSELF.get(event.kind, BY_ITSELF[""]) % {"ago": ago})
    who = _("You") if event.actor == by else str(event.actor)
    return str(BY_SOMEONE.get(event.kind, BY_SOMEONE[""]) % {"who": who, "ago": ago})


BY_ITSELF = {
    "": gettext_lazy("This ticket changed %(ago)s."),
    Kind.REOPENED: gettext_lazy("A new post opened this ticket again %(ago)s."),
    Kind.WOKEN: gettext_lazy("This ticket woke up %(ago)s."),
    Kind.MERGED: gettext_lazy("This ticket was merged into another one %(ago)s."),
    Kind.ROUTED: gettext_lazy("This ticket was routed again %(ago)s."),
}
BY_SOMEONE = {
    "": gettext_lazy("%(who)s changed this ticket %(ago)s."),
    Kind.CLAIMED: gettext_lazy("%(who)s claimed this ticket %(ago)s."),
    Kind.ASSIGNED: gettext_lazy("%(who)s assigned this ticket %(ago)s."),
    Kind.UNASSIGNED: gettext_lazy("%(who)s unassigned this ticket %(ago)s."),
    Kind.TAGGED: gettext_lazy("%(who)s changed the tags %(ago)s."),
    Kind.PRIORITISED: gettext_lazy("%(who)s changed the priority %(ago)s."),
    Kind.PENDING: gettext_lazy("%(who)s set this ticket to pending %(ago)s."),
    Kind.SNOOZED: gettext_lazy("%(who)s snoozed this ticket %(ago)s."),
    Kind.RESOLVED: gettext_lazy("%(who)s resolved this ticket %(ago)s."),
    Kind.REOPENED: gettext_lazy("%(who)s re-opened this ticket %(ago)s."),
    Kind.HANDED_OVER: gettext_lazy("%(who)s handed this ticket over %(ago)s."),
    Kind.CONFIRMED: gettext_lazy("%(who)s confirmed this ticket's department %(ago)s."),
    Kind.CONSULTED: gettext_lazy("%(who)s asked another department %(ago)s."),
    Kind.CONSULT_ANSWERED: gettext_lazy("%(who)s answered the question %(ago)s."),
    Kind.CONSULT_WITHDRAWN: gettext_lazy("%(who)s withdrew the question %(ago)s."),
    Kind.SETTLED: gettext_lazy("%(who)s settled whose ticket this is %(ago)s."),
    Kind.UNDONE: gettext_lazy("%(who)s undid an action %(ago)s."),
}
