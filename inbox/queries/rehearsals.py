"""What a rehearsal found, as its page and the API show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import access_of
from accounts.models import Department, User
from inbox.models import Ticket
from inbox.queries.rules import every_name
from routing.definitions import definition_of
from routing.differences import Difference, differences
from routing.models import Rehearsal, Rule
from routing.replay import SPAM, TRIAGE, Outcome
from routing.services import rehearsing

SHOWN = 20
LONGEST_TEXT = 280


@dataclass(frozen=True, slots=True)
class Place:
    """Where posts go: a department, triage, or parked as spam."""

    slug: str
    name: str
    hue: str
    is_readable: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """Posts that would go to another place."""

    origin: Place
    target: Place
    n: int

    @property
    def is_readable(self) -> bool:
        return self.origin.is_readable and self.target.is_readable


@dataclass(frozen=True, slots=True)
class Line:
    """One rehearsal of the list."""

    rehearsal: Rehearsal
    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class Why:
    """What sends a post somewhere: a rule, or the classifier."""

    rule: str
    percent: int
    guess: str  # The department that the classifier found likeliest.
    is_unsure: bool  # It waits in triage for it.
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Example:
    """A post that would go to another place, of a ticket the reader may see."""

    ticket: Ticket
    text: str
    before: Why
    after: Why


@dataclass(frozen=True, slots=True)
class Examples:
    """Posts of one flow; `hidden` are those in departments that the reader may not read."""

    flow: Flow
    shown: list[Example]
    hidden: int


def recent(user: User) -> list[Line]:
    """The newest rehearsals that `user` may see."""
    rows = Rehearsal.objects.visible_to(user).select_related("by")[:SHOWN]
    done = Rehearsal.State.DONE
    return [Line(r, title_of(r), summary_of(r) if r.state == done else "") for r in rows]


def places_for(user: User) -> dict[str, Place]:
    """All places by slug, and whether `user` may read what lies there."""
    access = access_of(user)
    found = {
        TRIAGE: Place(TRIAGE, _("Triage"), "triage", access.sees(None)),
        SPAM: Place(SPAM, _("Parked as spam"), "", access.sees(None)),
    }
    for department in Department.objects.all():
        slug, hue = department.slug, department.hue
        found[slug] = Place(slug, department.name, hue, access.sees(department.pk))
    return found


def place_in(places: Mapping[str, Place], slug: str) -> Place:
    """The place of this slug; a department that is gone keeps its slug as its name."""
    return places.get(slug) or Place(slug, slug, "", is_readable=False)


def flows_of(rehearsal: Rehearsal, places: Mapping[str, Place]) -> list[Flow]:
    """All moves between places, the most frequent first."""
    return [
        Flow(place_in(places, origin), place_in(places, target), n)
        for origin, target, n in rehearsal.result.get("flows", [])
    ]


def examples_of(rehearsal: Rehearsal, flow: Flow, *, user: User) -> Examples:
    """At most twenty posts of `flow`, of tickets that `user` may see (DESIGN §4.3)."""
    if not flow.is_readable:
        return Examples(flow, [], flow.n)
    kept = _kept(rehearsal, flow)
    tickets = (
        Ticket.objects.visible_to(user)
        .filter(decision__in=list(kept))
        .select_related("decision", "channel", "department")
        .order_by("-decision_id")
    )
    found = {ticket.decision_id: ticket for ticket in tickets}
    unseen = len(kept) - len(found)
    readable = [ticket for ticket in found.values() if ticket.decision and ticket.decision.facts][
        :SHOWN
    ]
    ids = [ticket.decision_id for ticket in readable if ticket.decision_id]
    told = rehearsing.explain(rehearsal, ids)
    places = places_for(user)
    shown = [_example(ticket, flow, kept, told, places) for ticket in readable]
    return Examples(flow, shown, unseen)


def summary_of(rehearsal: Rehearsal) -> str:
    """What would have happened, in one sentence."""
    result = rehearsal.result
    n, moved = result.get("n", 0), result.get("moved", 0)
    if not n:
        return _("There was no post to replay.")
    said = {"n": f"{n:,}", "moved": f"{moved:,}"}
    if not moved:
        sentence = ngettext(
            "Of %(n)s post, none would go anywhere else.",
            "Of %(n)s posts, none would go anywhere else.",
            n,
        )
        return sentence % said
    sentence = ngettext(
        "Of %(n)s post, %(moved)s would go somewhere else.",
        "Of %(n)s posts, %(moved)s would go somewhere else.",
        n,
    )
    return sentence % said


def corrected_of(rehearsal: Rehearsal) -> str:
    """What it would have done to the tickets that people spoke about."""
    found = rehearsal.result.get("corrected") or {}
    if not found.get("n"):
        return _("Nobody has corrected or confirmed any of these posts.")
    right, wrong = found.get("right_more", 0), found.get("wrong_more", 0)
    told = _("People spoke about %(n)s of these posts: it") % {"n": f"{found['n']:,}"}
    if not right and not wrong:
        return _("%(told)s would have been right as often as now.") % {"told": told}
    said = {"told": told, "right": f"{right:,}", "wrong": f"{wrong:,}"}
    return _("%(told)s would have been right %(right)s more times, wrong %(wrong)s more.") % said


def others_of(rehearsal: Rehearsal) -> list[tuple[str, int]]:
    """What else would be otherwise, and for how many posts."""
    labels = {
        "priority": _("another priority"),
        "assignee": _("another assignee"),
        "skill": _("another skill asked for"),
        "sla_policy": _("another SLA policy"),
        "approval": _("another approval"),
        "tags": _("other tags"),
        "consult": _("another department asked, too"),
    }
    found = rehearsal.result.get("others", {})
    return [(label, found[name]) for name, label in labels.items() if name in found]


def title_of(rehearsal: Rehearsal) -> str:
    """What was rehearsed, shortly."""
    change = rehearsal.change
    name = change.get("definition", {}).get("name") or change.get("name") or ""
    titles = {
        "create": _("New rule: %(name)s"),
        "change": _("Change of the rule %(name)s"),
        "remove": _("Without the rule %(name)s"),
        "order": _("Another order of the rules"),
        "threshold": _("Threshold %(new)s %% instead of %(old)s %%"),
        "model": _("Model %(model)s"),
        "proposal": _("Proposal: %(name)s"),
    }
    said = {
        "name": name,
        "model": change.get("model", ""),
        "new": f"{100 * float(change.get('threshold', 0)):.0f}",
        "old": f"{100 * float(change.get('was', 0)):.0f}" if change["kind"] == "threshold" else "",
    }
    title = titles[change["kind"]] % said
    if change.get("definition", {}).get("is_active") is False:
        return _("%(title)s, switched off") % {"title": title}
    return title


def changes_of(rehearsal: Rehearsal) -> list[Difference]:
    """What the rule that was rehearsed would say otherwise than now."""
    wanted = rehearsal.change.get("definition")
    if wanted is None:
        return []
    rule = Rule.objects.filter(pk=rehearsal.change.get("rule")).first()
    before = definition_of(rule) if rule else {}
    return differences(before, {**before, **wanted}, every_name())


def _kept(rehearsal: Rehearsal, flow: Flow) -> dict[int, list[Any]]:
    for origin, target, rows in rehearsal.result.get("examples", []):
        if (origin, target) == (flow.origin.slug, flow.target.slug):
            return {row[0]: row for row in rows}
    return {}


def _example(
    ticket: Ticket,
    flow: Flow,
    kept: Mapping[int, list[Any]],
    told: Mapping[int, tuple[Outcome, Outcome]],
    places: Mapping[str, Place],
) -> Example:
    decision = ticket.decision
    if decision is None:
        raise ValueError("An example is of a ticket with a decision.")
    _pk, rule_before, sure_before, rule_after, sure_after = kept[decision.pk]
    was, would = told.get(decision.pk) or (None, None)
    return Example(
        ticket,
        decision.facts.get("text", "")[:LONGEST_TEXT],
        _why(rule_before, sure_before, was, flow.origin, places),
        _why(rule_after, sure_after, would, flow.target, places),
    )


def _why(
    rule: str, confidence: float, told: Outcome | None, place: Place, places: Mapping[str, Place]
) -> Why:
    guess = place_in(places, told.guess).name if told and told.guess else ""
    is_unsure = not rule and place.slug == TRIAGE
    return Why(rule, round(100 * confidence), guess, is_unsure, told.reasons if told else ())
