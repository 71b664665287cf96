"""What people do with a ticket: one class an action, all alike."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_POST

from inbox.forms import tickets as forms
from inbox.models import Ticket, TicketEvent
from inbox.queries import tickets_in_full
from inbox.services import notes, tickets, triage
from inbox.services.conflicts import Conflict, Refused
from inbox.templatetags.shell import UNDO
from inbox.views.desk import Desk, PersonRequest
from inbox.views.tickets import Alert, draw, people_who_work, urls_of

Data = dict[str, Any]


class Action(LoginRequiredMixin, View):
    """Parse, authorise by fetching, call one service, show what became of it."""

    request: PersonRequest
    name: ClassVar[str]
    form: ClassVar[type[forms.ActionForm]] = forms.ActionForm
    # Whether the ticket usually leaves the list, so that the next one is opened.
    leaves: ClassVar[bool] = False

    ticket: Ticket
    data: Data
    # What every service takes.
    given: Data

    def do(self) -> Any:
        """Call the service."""
        raise NotImplementedError

    def told(self) -> str:
        """The sentence that says it happened."""
        raise NotImplementedError

    def get(self, request: PersonRequest, pk: int) -> HttpResponse:
        """The ticket's page with this action's form open, for addresses that were copied."""
        found = get_object_or_404(tickets_in_full(request.user), pk=pk)
        return draw(request, found, failed=self.name, values=request.GET.dict())

    def post(self, request: PersonRequest, pk: int) -> HttpResponse:
        self.ticket = get_object_or_404(tickets_in_full(request.user), pk=pk)
        form = self.form(request.POST, by=request.user, ticket=self.ticket)
        if not form.is_valid():
            problems = [str(e) for errors in form.errors.values() for e in errors]
            return self.refuse(" ".join(problems))
        self.data = form.cleaned_data
        expect = tickets.Expectation.parse(request.POST.get("expect", ""))
        self.given = {"ticket": self.ticket, "by": request.user, "expect": expect}
        try:
            done = self.do()
        except Conflict as conflict:
            return self.clash(conflict)
        except Refused as refused:
            return self.refuse(refused.message)
        undo = f"{UNDO}{done.pk}" if isinstance(done, TicketEvent) else ""
        messages.success(request, self.told(), extra_tags=undo)
        return self.go_on()

    def go_on(self) -> HttpResponse:
        """Show the ticket, or the next one when this one left the list."""
        wanted = self.request.POST.get("next", "") if self.leaves else str(self.ticket.pk)
        pk = int(wanted) if wanted.isdigit() and len(wanted) < 19 else 0
        found = tickets_in_full(self.request.user).filter(pk=pk).first()
        return show(self.request, found, changed=self.ticket.pk, moved=self.leaves)

    def refuse(self, message: str) -> HttpResponse:
        """Say what is wrong, above the ticket as it is now, with what was typed."""
        return self._again(self.ticket.pk, Alert(_("Not done."), message, "bad"), status=422)

    def clash(self, conflict: Conflict) -> HttpResponse:
        """Someone was first: say who, and show the ticket as it is now."""
        if conflict.ticket is None:
            messages.warning(self.request, conflict.message)
            return show(self.request, None, changed=self.ticket.pk, moved=True)
        now = _("This is how it is now.")
        alert = Alert(_("Someone was faster."), f"{conflict.message} {now}")
        return self._again(conflict.ticket.pk, alert, status=409)

    def _again(self, pk: int, alert: Alert, *, status: int) -> HttpResponse:
        fresh = get_object_or_404(tickets_in_full(self.request.user), pk=pk)
        typed = self.request.POST.dict()
        return draw(self.request, fresh, alert=alert, failed=self.name, values=typed, status=status)


def show(
    request: PersonRequest, found: Ticket | None, *, changed: int | None, moved: bool
) -> HttpResponse:
    """Go to a ticket, or to the list when there is none; with htmx draw it in place."""
    query = list_query_of(request)
    desk = Desk(request, query.get("q", "all"), strict=False)
    url = f"{found.get_absolute_url()}?{desk.list_query}" if found else desk.list_url
    if not request.htmx:
        return redirect(url)
    if found:
        response = draw(request, found)
    else:
        context = {**desk.context(), "oob": True}
        response = render(request, "inbox/_idle.html", context)
    if moved:
        response["HX-Push-Url"] = url
    ids = [changed] if changed else []
    response["HX-Trigger-After-Swap"] = json.dumps({"crossdesk:changed": {"ids": ids}})
    return response


def list_query_of(request: PersonRequest) -> QueryDict:
    """The list at hand: from the address, or from the hidden field of a message's form."""
    if not request.GET and (hidden := request.POST.get("list", "")):
        request.GET = QueryDict(hidden)
    return request.GET


class Claim(Action):
    name = "claim"

    def do(self) -> TicketEvent:
        return tickets.claim(**self.given)

    def told(self) -> str:
        return _("#%(pk)d is yours.") % {"pk": self.ticket.pk}


class Assign(Action):
    name = "assign"
    form = forms.AssignForm

    def get(self, request: PersonRequest, pk: int) -> HttpResponse:
        """The people to choose from, fetched when the menu opens; a page without JavaScript."""
        found = get_object_or_404(tickets_in_full(request.user), pk=pk)
        desk = Desk(request, request.GET.get("q", "all"), strict=False)
        context = {
            "ticket": found,
            "urls": urls_of(found, desk),
            "assignees": people_who_work(found),
            "expect": str(tickets.Expectation.of(found)),
            "back_url": f"{found.get_absolute_url()}?{desk.list_query}",
        }
        template = "inbox/_assign_form.html" if request.htmx else "inbox/assign.html"
        return render(request, template, context)

    def do(self) -> TicketEvent:
        return tickets.assign(to=self.data["to"], **self.given)

    def told(self) -> str:
        told = {"pk": self.ticket.pk, "name": self.data["to"]}
        if self.data["to"] is None:
            return _("#%(pk)d is free again.") % told
        return _("#%(pk)d is now with %(name)s.") % told


class Snooze(Action):
    name = "snooze"
    form = forms.SnoozeForm
    leaves = True

    def do(self) -> TicketEvent:
        return tickets.snooze(until=self.data["at"], **self.given)

    def told(self) -> str:
        local = self.data["at"].astimezone(forms.zone_of(self.request.user))
        until = date_format(local, "D j M, H:i")
        return _("#%(pk)d sleeps until %(until)s.") % {"pk": self.ticket.pk, "until": until}


class Pending(Action):
    name = "pending"
    leaves = True

    def do(self) -> TicketEvent:
        return tickets.set_pending(**self.given)

    def told(self) -> str:
        return _("#%(pk)d waits until they write back.") % {"pk": self.ticket.pk}


class Resolve(Action):
    name = "resolve"
    leaves = True

    def do(self) -> TicketEvent:
        return tickets.resolve(**self.given)

    def told(self) -> str:
        return _("#%(pk)d is resolved.") % {"pk": self.ticket.pk}


class Reopen(Action):
    name = "reopen"

    def do(self) -> TicketEvent:
        return tickets.reopen(**self.given)

    def told(self) -> str:
        return _("#%(pk)d is open again.") % {"pk": self.ticket.pk}


class HandOver(Action):
    name = "hand_over"
    form = forms.HandOverForm
    leaves = True

    def do(self) -> TicketEvent:
        to, reason = self.data["to"], self.data["reason"]
        return tickets.hand_over(to=to, reason=reason, **self.given)

    def told(self) -> str:
        told = {"pk": self.ticket.pk, "department": self.data["to"] or _("triage")}
        return _("#%(pk)d was handed over to %(department)s.") % told


class Confirm(Action):
    name = "confirm"

    def do(self) -> TicketEvent:
        return tickets.confirm_department(**self.given)

    def told(self) -> str:
        told = {"pk": self.ticket.pk, "department": self.ticket.department}
        return _("#%(pk)d belongs to %(department)s: the router learns it.") % told


class Sort(Action):
    name = "sort"
    form = forms.SortForm
    leaves = True
    n_alike = 0

    def do(self) -> TicketEvent:
        to, alike = self.data["to"], self.data["alike"]
        if to is None:
            event = triage.park(alike=alike, **self.given)
        else:
            event = triage.sort(to=to, alike=alike, **self.given)
        self.n_alike = len(event.data.get("also", ()))
        return event

    def told(self) -> str:
        told = {"pk": self.ticket.pk, "department": self.data["to"], "count": self.n_alike}
        if self.data["to"] is None and self.n_alike:
            return _("#%(pk)d and %(count)d like it are parked as spam.") % told
        if self.data["to"] is None:
            return _("#%(pk)d is parked as spam.") % told
        if self.n_alike:
            return _("#%(pk)d and %(count)d like it went to %(department)s.") % told
        return _("#%(pk)d went to %(department)s.") % told


class Priority(Action):
    name = "priority"
    form = forms.PriorityForm

    def do(self) -> TicketEvent:
        return tickets.set_priority(priority=self.data["priority"], **self.given)

    def told(self) -> str:
        label = Ticket.Priority(self.data["priority"]).label
        return _("Priority of #%(pk)d: %(label)s.") % {"pk": self.ticket.pk, "label": label}


class Tags(Action):
    name = "tags"
    form = forms.TagsForm

    def do(self) -> TicketEvent:
        return tickets.set_tags(names=self.data["tags"], **self.given)

    def told(self) -> str:
        return _("Tags of #%(pk)d saved.") % {"pk": self.ticket.pk}


class Note(Action):
    name = "note"
    form = forms.NoteForm

    def do(self) -> Any:
        note = notes.add_note(ticket=self.ticket, text=self.data["text"], by=self.request.user)
        if unreached := getattr(note, "unreached", []):
            names = ", ".join(f"@{handle}" for handle in unreached)
            told = _("Not reached, because they do not see this ticket: %s") % names
            messages.warning(self.request, told)
        return note

    def told(self) -> str:
        return _("Note added; only colleagues see it.")


@require_POST
@login_required
def undo(request: PersonRequest) -> HttpResponse:
    """Take one's last action back, and show its ticket."""
    number = request.POST.get("event", "")
    event_id = int(number) if number.isdigit() and len(number) < 19 else 0
    known = tickets_in_full(request.user)
    try:
        event = tickets.undo(event_id=event_id, by=request.user)
    except (Conflict, Refused) as problem:
        messages.warning(request, problem.message)
        ticket = getattr(problem, "ticket", None)
        found = known.filter(pk=ticket.pk).first() if ticket else None
        return show(request, found, changed=ticket.pk if ticket else None, moved=True)
    messages.info(request, _("Undone."))
    found = known.filter(pk=event.ticket_id).first()
    return show(request, found, changed=event.ticket_id, moved=True)
