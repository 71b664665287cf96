"""Routing rules as people read them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Department, SlaPolicy, User
from inbox.models import Channel
from routing import language, services
from routing.conditions import ConditionsError, parse
from routing.differences import Difference, differences
from routing.facts import Facts
from routing.faults import World, faults_of, look_around
from routing.models import Decision, RouterSettings, Rule, RuleProposal, RuleVersion
from routing.queries import is_in_force, zone_of
from routing.wording import Names, names, sentence_of

RELATED = (
    *("department", "assignee", "skill", "sla_policy", "approval_by", "consult", "notify_user"),
    *("notify_department", "owner"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A rule, what it says, what is wrong with it, and whether it can go up or down.

    `focus` is the button of it that is to have the focus, if any: up, down or switch.
    """

    rule: Rule
    sentence: str
    faults: list[str]
    is_in_force: bool
    is_first: bool
    is_last: bool
    focus: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """How likely a department is, in per cent."""

    department: str
    hue: str
    share: float
    percent: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of a text."""

    decision: Decision
    shares: list[Share]


@dataclass(frozen=True, slots=True)
class Told:
    """A version of a rule, and what it changed: the first began with all it says."""

    version: RuleVersion
    changes: list[Difference] = field(default_factory=list)
    is_current: bool = False


def all_names() -> Names:
    """What channels, departments and lists are called."""
    return names(dict(Channel.objects.values_list("pk", "name")))


def every_name() -> Names:
    """The same, and what people and policies are called, for fields beside the conditions."""
    return replace(
        all_names(),
        people=dict(User.objects.values_list("handle", "name")),
        policies=dict(SlaPolicy.objects.values_list("slug", "name")),
    )


def world() -> World:
    """What rules may name, now."""
    row = RouterSettings.objects.filter(pk=1).first() or RouterSettings()
    networks = dict(Channel.objects.values_list("pk", "network"))
    return look_around(channel_networks=networks, today=timezone.localdate(timezone=zone_of(row)))


def rules_in_full() -> QuerySet[Rule]:
    """All rules in their order, with everything they name."""
    return Rule.objects.select_related(*RELATED)


def rule_lines(*, pressed: tuple[str, str] = ("", "")) -> list[Line]:
    """All rules in their order; `pressed` is the rule and the button of it that led here."""
    rules = list(rules_in_full())
    known, around = all_names(), world()
    last = len(rules) - 1
    today = around.today or timezone.localdate()
    return [
        Line(
            rule=rule,
            sentence=sentence_of(rule, known),
            faults=_faults(rule, rules[:n], around) if rule.is_active else [],
            is_in_force=is_in_force(rule, today),
            is_first=n == 0,
            is_last=n == last,
            focus=_focus(pressed[1], n, last) if str(rule.pk) == pressed[0] else "",
        )
        for n, rule in enumerate(rules)
    ]


def try_text(text: str, *, channel: Channel | None, handle: str) -> Trial:
    """Route `text` without saving anything."""
    facts = Facts(
        text=text,
        language=language.detect([text])[0],
        channel_id=channel.pk if channel else None,
        network=channel.network if channel else "",
        author_handle=handle,
        posted_at=timezone.now(),
    )
    (decision,) = services.decide_batch([facts])
    departments = {department.slug: department for department in Department.objects.all()}
    likely = sorted(decision.probabilities.items(), key=lambda item: -item[1])
    shares = [
        Share(departments[slug].name, departments[slug].hue, share, round(share * 100))
        for slug, share in likely
        if slug in departments
    ]
    return Trial(decision, shares)


def history_of(rule_id: int) -> list[Told]:
    """The versions of a rule, newest first, each with what it changed."""
    versions = list(
        RuleVersion.objects.filter(rule=rule_id).select_related("by").order_by("-number")
    )
    known = every_name()
    current = Rule.objects.filter(pk=rule_id).values_list("version", flat=True).first()
    told = [
        Told(newer, differences(older.definition, newer.definition, known), newer.number == current)
        for newer, older in pairwise(versions)
    ]
    for first in versions[-1:]:
        said = differences({}, first.definition, known)
        told.append(Told(first, said, first.number == current))
    return told


def removed_rules(*, most: int = 20) -> list[RuleVersion]:
    """The last version of rules that are gone, newest first."""
    gone = RuleVersion.objects.filter(action=RuleVersion.Action.REMOVED)
    gone = gone.exclude(rule__in=Rule.objects.values("pk")).select_related("by")
    newest: dict[int, RuleVersion] = {}
    for version in gone.order_by("-at", "-number")[: most * 2]:
        newest.setdefault(version.rule_id, version)
    return list(newest.values())[:most]


def open_proposals() -> list[RuleProposal]:
    """What waits for an admin's word, oldest first."""
    waiting = RuleProposal.objects.filter(state=RuleProposal.State.OPEN)
    return list(waiting.select_related("by", "rule").order_by("at", "pk"))


def proposed_changes(proposal: RuleProposal, current: dict[str, Any]) -> list[Difference]:
    """What a proposal would change."""
    return differences(current, proposal.definition, every_name())


def _focus(button: str, n: int, last: int) -> str:
    """The button that was pressed, or the other way where the list ends."""
    ends = {("up", 0): "down", ("down", last): "up"}
    return ends.get((button, n), button)


def _faults(rule: Rule, earlier: list[Rule], around: World) -> list[str]:
    try:
        tree = parse(rule.conditions)
    except ConditionsError as error:
        return [fault.message for fault in error.faults]
    found = faults_of(rule, tree=tree, earlier=earlier, world=around)
    return [fault.message for fault in found]
