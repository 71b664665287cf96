"""What happened to a ticket, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.models import Ticket, TicketEvent

Kind = TicketEvent.Kind
Names = Mapping[str, Mapping[int, str]]
# What is said of an event, where nothing that is known of it makes for another sentence.
USUALLY = {
    Kind.RECEIVED: gettext_lazy("Received"),
    Kind.ROUTED: gettext_lazy("Routed to %(department)s"),
    Kind.EDITED: gettext_lazy("A post was edited on the network"),
    Kind.DELETED: gettext_lazy("A post was deleted on the network"),
    Kind.ANSWERED: gettext_lazy("%(who)s answered"),
    Kind.WORDS_REMOVED: gettext_lazy(
        "Words were removed after %(hours)s hours, as set for the channel"
    ),
    Kind.HIDDEN: gettext_lazy("A post was hidden on the network"),
    Kind.SHOWN: gettext_lazy("A post was shown again on the network"),
    Kind.MERGED: gettext_lazy("Merged with another ticket"),
    Kind.CLAIMED: gettext_lazy("%(who)s claimed it"),
    Kind.ASSIGNED: gettext_lazy("%(who)s assigned it to %(to)s"),
    Kind.UNASSIGNED: gettext_lazy("%(who)s took it from %(from)s"),
    Kind.NOTED: gettext_lazy("%(who)s wrote a note"),
    Kind.TAGGED: gettext_lazy("%(who)s set the tags: %(tags)s"),
    Kind.PRIORITISED: gettext_lazy("%(who)s set the priority to %(priority)s"),
    Kind.PENDING: gettext_lazy("%(who)s waits for an answer"),
    Kind.SNOOZED: gettext_lazy("%(who)s snoozed it until %(until)s"),
    Kind.WOKEN: gettext_lazy("Snooze ended"),
    Kind.RESOLVED: gettext_lazy("%(who)s resolved it"),
    Kind.REOPENED: gettext_lazy("%(who)s opened it again"),
    Kind.HANDED_OVER: gettext_lazy("%(who)s handed over to %(department)s"),
    Kind.CONFIRMED: gettext_lazy("%(who)s said that %(department)s is right"),
    Kind.INCIDENT: gettext_lazy("%(who)s put it to the incident “%(incident)s”"),
    Kind.CONSULTED: gettext_lazy("%(who)s asked %(asked)s"),
    Kind.CONSULT_ANSWERED: gettext_lazy("%(who)s answered for %(asked)s"),
    Kind.CONSULT_WITHDRAWN: gettext_lazy("%(who)s withdrew the question to %(asked)s"),
    Kind.BOUNCED: gettext_lazy("It goes back and forth: a lead is asked to settle it"),
    Kind.SETTLED: gettext_lazy("%(who)s settled that it belongs to %(settled)s: “%(reason)s”"),
    Kind.BREACHED: gettext_lazy("Not resolved in time: “%(policy)s” was broken"),
    Kind.UNDONE: gettext_lazy("%(who)s undid that"),
    Kind.REVIEW_ASKED: gettext_lazy("%(who)s asked for approval of an answer"),
    Kind.REPLY_APPROVED: gettext_lazy("%(who)s approved the answer"),
    Kind.REPLY_REJECTED: gettext_lazy("%(who)s rejected the answer: “%(reason)s”"),
    Kind.REPLY_STOPPED: gettext_lazy("The answer was stopped: %(reason)s"),
    Kind.REPLY_FAILED: gettext_lazy("The answer was not sent: %(reason)s"),
    Kind.REPLY_EDITED: gettext_lazy("%(who)s changed the answer on the network"),
    Kind.REPLY_DELETED: gettext_lazy("%(who)s deleted the answer on the network"),
}


def sentence_of(event: TicketEvent, names: Names) -> str:
    """One line of the timeline; `names` holds "users" and "departments" by key."""
    told: dict[str, Any] = {"who": str(event.actor) if event.actor else _("Crossdesk")}
    data = event.data if isinstance(event.data, dict) else {}
    after, before = _dict(data.get("after")), _dict(data.get("before"))
    people, departments = names.get("users", {}), names.get("departments", {})
    given_to = after.get("assignee") or data.get("assignee") or 0
    told["to"] = people.get(given_to, _("a colleague"))
    told["from"] = people.get(before.get("assignee") or 0, _("a colleague"))
    told["department"] = _department(after.get("department", data.get("department")), departments)
    told["asked"] = _department(data.get("asked"), departments)
    told["settled"] = _department(data.get("settled"), departments)
    told["reason"] = data.get("reason", "")
    told["priority"] = _priority(after.get("priority"))
    told["until"] = _time(after.get("snoozed_until"))
    told["rule"] = data.get("rule", "")
    told["skill"] = data.get("skill", "")
    told["incident"] = data.get("title", "")
    told["policy"] = data.get("policy", "")
    told["hours"], told["network"] = data.get("hours", ""), data.get("network", "")
    told["tags"] = ", ".join(after.get("tags") or []) or _("none")
    return _pattern(event, data) % told


def _pattern(event: TicketEvent, data: Mapping[str, Any]) -> str:
    kind = Kind(event.kind)
    if kind == Kind.HANDED_OVER and data.get("reason"):
        return _("%(who)s handed over to %(department)s: “%(reason)s”")
    if kind == Kind.RESOLVED and data.get("spam"):
        return _("%(who)s parked it as spam")
    if kind == Kind.INCIDENT and not _dict(data.get("after")).get("incident"):
        return _("%(who)s took it out of the incident “%(incident)s”")
    if kind == Kind.ROUTED and data.get("skill"):
        return _by_skill(data)
    if kind == Kind.BREACHED and data.get("promise") == "first_response":
        return _("No answer in time: “%(policy)s” was broken")
    if kind == Kind.RECEIVED and data.get("how") == "history":
        return _("Brought in as history, resolved")
    if not event.actor_id and (by_itself := _by_itself(kind, data)):
        return by_itself
    return str(USUALLY[kind])


def _by_itself(kind: Kind, data: Mapping[str, Any]) -> str:
    """What is said otherwise where nobody acted."""
    if kind == Kind.REOPENED:
        return _("Opened again by a new post")
    if kind != Kind.CONSULTED:
        return _of_posts(kind, data)
    if data.get("rule"):
        return _("The rule “%(rule)s” asked %(asked)s")
    return _("%(asked)s was asked: the router was not sure between the two")


def _of_posts(kind: Kind, data: Mapping[str, Any]) -> str:
    """What became of posts, and of a ticket by an answer on the network."""
    if kind == Kind.WORDS_REMOVED and data.get("why") == "deleted":
        return _("The words of a deleted message were removed after %(hours)s hours")
    if kind == Kind.WORDS_REMOVED and data.get("network"):
        return _("Words were removed after %(hours)s hours, as %(network)s demands")
    if kind == Kind.EDITED and data.get("reread"):
        return _("A post was read again, and more of it understood")
    answered = {
        Kind.ANSWERED: _("Answered on the network itself"),
        Kind.PENDING: _("Waits for the contact, as it was answered"),
        Kind.RESOLVED: _("Resolved, as it was answered"),
    }
    return answered.get(kind, "") if data.get("native") else ""


def _by_skill(data: Mapping[str, Any]) -> str:
    if data.get("assignee"):
        return _("Routed to %(department)s; %(to)s got it, who knows “%(skill)s”")
    return _("Routed to %(department)s; nobody who knows “%(skill)s” is there")


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _department(value: Any, departments: Mapping[int, str]) -> str:
    if value is None:
        return _("triage")
    return departments.get(value, _("another department")) if isinstance(value, int) else str(value)


def _priority(value: Any) -> str:
    return str(Ticket.Priority(value).label) if value in Ticket.Priority.values else ""


def _time(value: Any) -> str:
    try:
        return date_format(localtime(datetime.fromisoformat(value)), "D j M, H:i")
    except (TypeError, ValueError):
        return ""
