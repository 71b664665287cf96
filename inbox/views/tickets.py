"""One ticket: its page, and who has it on screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.access import access_of, access_of_each
from accounts.models import Department, User
from inbox.forms.tickets import PRESET_LABELS, presets_of
from inbox.models import Ticket
from inbox.queries import conversation_of, tickets_in_full, who
from inbox.queries.bounces import bounce_of
from inbox.queries.consults import consults_of
from inbox.queries.notices import remember_unread, unread_of
from inbox.services import notes, notices, presence
from inbox.services.lessons import is_confirmed
from inbox.services.tickets import Expectation
from inbox.views.conversation import drawn, why_of
from inbox.views.desk import Desk, PersonRequest
from inbox.views.sorting import sorting_of
from routing.models import Incident

ACTIONS = (
    *("claim", "assign", "snooze", "pending", "resolve", "reopen", "hand_over"),
    *("priority", "tags", "note", "confirm", "sort", "ask", "answer", "withdraw", "settle"),
)


@dataclass(frozen=True, slots=True)
class Alert:
    """Why an action did not happen, shown above the conversation."""

    title: str
    message: str
    level: str = "warn"


@dataclass(frozen=True, slots=True)
class Choice:
    """One place a ticket can be handed over to, with the key that means it."""

    slug: str
    title: str
    letter: str
    hue: str
    digit: int | None
    is_here: bool
    is_confidential: bool = False


@never_cache
@login_required
def ticket(request: PersonRequest, pk: int) -> HttpResponse:
    """The ticket beside the list it was opened from; with htmx the ticket alone."""
    found = get_object_or_404(tickets_in_full(request.user), pk=pk)
    if found.merged_into_id and found.merged_into_id != pk:
        return redirect("inbox:ticket", found.merged_into_id)
    return draw(request, found)


def draw(
    request: PersonRequest,
    found: Ticket,
    *,
    alert: Alert | None = None,
    failed: str = "",
    values: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Answer with the ticket as it is now, with what went wrong and what was typed."""
    desk = Desk(request, request.GET.get("q") or queue_of(found), strict=False)
    mentions = desk.navigation.queue("mentions")
    if mentions and mentions.count:
        notes.read_mentions(ticket=found, by=request.user)
    if unread := unread_of(request.user):
        gone = notices.read_about(ticket=found, by=request.user)
        remember_unread(request.user, unread - gone)
    context = ticket_context(desk, found, before=request.GET.get("before", ""))
    context |= {"alert": alert, "failed": failed, "form_values": values or {}}
    if request.htmx:
        return render(request, "inbox/_ticket.html", {**context, "oob": True}, status=status)
    along = context["sorting"].alike if context["sorting"] else ""
    following = next_id(desk, found, along=along.split(","))
    context |= {**desk.context(found), "pane": "ticket", "next_id": following}
    return render(request, "inbox/workspace.html", context, status=status)


def ticket_context(desk: Desk, found: Ticket, *, before: str = "") -> dict[str, Any]:
    """What the templates of one ticket draw."""
    user, access = desk.user, access_of(desk.user)
    departments = desk.navigation.departments
    conversation = conversation_of(found, user, before=before)
    may_work = access.works(found.department_id)
    consults = consults_of(found, user)
    return {
        "ticket": found,
        "queue": desk.queue,
        "back_url": desk.list_url,
        "list_query": desk.list_query,
        "conversation": conversation,
        "entries": drawn(conversation.entries),
        "timeline": conversation.timeline,
        "people": conversation.names,
        "earlier_url": f"?{desk.list_query}&before={conversation.before}",
        "why": why_of(found, departments, reads_rules=access.is_lead_or_admin),
        "may_work": may_work,
        "sorting": sorting_of(found, user, departments) if may_work else None,
        "may_note": access.can_write,
        "is_confirmed": may_work and is_confirmed(found),
        "why_not": "" if may_work else why_not(user, found),
        "expect": str(Expectation.of(found)),
        "urls": urls_of(found, desk),
        "hand_over_choices": choices_of(found, departments),
        "ask_choices": ask_choices_of(found, departments) if may_work else [],
        "open_consults": [asked for asked in consults if asked.consult.is_open],
        "closed_consults": [asked for asked in consults if not asked.consult.is_open],
        "bounce": bounce_of(found, user),
        "quick_reasons": [
            _("Wrong department"),
            _("Needs your expertise"),
            _("They asked for you"),
        ],
        "open_incidents": list(Incident.objects.filter(closed_at=None)[:100]) if may_work else [],
        "snooze_presets": snooze_presets(user),
        "priorities": Ticket.Priority.choices,
    }


def queue_of(found: Ticket) -> str:
    """The queue a ticket is in when its address names none."""
    return found.department.slug if found.department else "triage"


def urls_of(found: Ticket, desk: Desk) -> dict[str, str]:
    """The address of each action, which keeps the list at hand."""
    query = desk.list_query
    return {a: f"{reverse(f'inbox:{a}', args=[found.pk])}?{query}" for a in ACTIONS}


def next_id(desk: Desk, found: Ticket, *, along: Sequence[str] = ()) -> int | None:
    """The ticket to open when this one is dealt with, and those `along` with it: the one below."""
    ids = [row.pk for row in desk.page.rows if str(row.pk) not in along]
    place = ids.index(found.pk) if found.pk in ids else -1
    rest = ids[place + 1 :] + ids[: max(place, 0)]
    return next(iter(rest), None)


def choices_of(found: Ticket, departments: tuple[Department, ...]) -> list[Choice]:
    """Where a ticket can be handed over to."""
    places = [
        Choice(d.slug, d.name, d.letter, d.hue, n, d.pk == found.department_id, d.is_confidential)
        for n, d in enumerate(departments, 1)
    ]
    triage = Choice("triage", _("Triage"), "?", "triage", None, found.department_id is None)
    return [*places, triage]


def ask_choices_of(found: Ticket, departments: tuple[Department, ...]) -> list[Choice]:
    """Which departments can be asked about a ticket; `is_here`: it is asked already."""
    return [
        Choice(d.slug, d.name, d.letter, d.hue, None, d.pk in found.consulted)
        for d in departments
        if d.pk != found.department_id
    ]


def snooze_presets(user: User) -> list[dict[str, Any]]:
    """When a snooze may end, in the person's own days."""
    return [
        {"value": name, "label": PRESET_LABELS[name], "at": at}
        for name, at in presets_of(user).items()
    ]


def why_not(user: User, found: Ticket) -> str:
    """Why this person may look at the ticket but not act on it."""
    if not access_of(user).can_write:
        return _("You are an observer: you can read tickets, and change nothing.")
    if not access_of(user).home_department_ids.isdisjoint(found.consulted):
        return _("Your department is asked about this ticket: answer, or write a note.")
    if found.department is None:
        return _("Only people who sort triage act on this ticket. You can write a note.")
    return _(
        "Only %(department)s acts on this ticket. You can write a note; @name asks a colleague."
    ) % {"department": found.department}


@never_cache
@login_required
def beat(request: PersonRequest, pk: int) -> HttpResponse:
    """POST: this person has the ticket on screen (or `left` it). Either way, who else has."""
    found = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    if request.method == "POST" and "left" in request.POST:
        presence.leave(ticket=found, user=request.user)
        return HttpResponse(status=204)
    if request.method == "POST":
        presence.see(ticket=found, user=request.user)
    viewers = who(ticket=found, besides=request.user)
    return render(request, "inbox/_presence.html", {"viewers": viewers})


@never_cache
@login_required
def people(request: PersonRequest, pk: int) -> HttpResponse:
    """Who can be mentioned on this ticket: the people who see it, for the note's suggestions."""
    found = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    seers = people_who_see(found)
    return JsonResponse({"people": [{"handle": p.handle, "name": str(p)} for p in seers]})


def people_who_see(found: Ticket) -> list[User]:
    """Active people who may read the ticket, by name."""
    members = _members()
    rights = access_of_each(members)
    return [p for p in members if rights[p.pk].sees(found.department_id, found.shown_also_to)]


def people_who_work(found: Ticket) -> list[User]:
    """Active people who may act on the ticket, by name."""
    members = _members()
    rights = access_of_each(members)
    return [p for p in members if rights[p.pk].works(found.department_id)]


def _members() -> list[User]:
    members = User.objects.filter(is_active=True, memberships__isnull=False).distinct()
    return list(members.order_by("name", "pk")[:500])
