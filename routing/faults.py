"""What is wrong with a rule, found while it is edited: before it fails in silence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from accounts.models import Department, Membership, PersonSkill
from routing.conditions import ConditionsError, Fault, Group, Path, parse
from routing.leaves import Leaf, OneOf
from routing.logic import is_covered, is_impossible, products_of
from routing.matching import ANY_INCIDENT
from routing.models import AuthorList, Incident, Rule

WRITING = (Membership.Role.AGENT, Membership.Role.LEAD, Membership.Role.ADMIN)


@dataclass(frozen=True, slots=True)
class World:
    """What rules may name; channels are the business of the room above."""

    channel_networks: Mapping[int, str] = field(default_factory=dict)
    departments: Collection[str] = ()
    lists: Mapping[str, int] = field(default_factory=dict)  # How many are on each.
    incidents: Mapping[str, bool] = field(default_factory=dict)  # Whether each is open.
    staffed: Collection[int] = ()  # Departments somebody works, by key.
    skilled: Collection[int] = ()  # Skills somebody has, by key.
    today: date | None = None


def look_around(*, channel_networks: Mapping[int, str], today: date) -> World:
    """The world as it is now, in three queries."""
    return World(
        channel_networks=channel_networks,
        departments=set(Department.objects.active().values_list("slug", flat=True)),
        lists={row.slug: len(row.handles) for row in AuthorList.objects.all()},
        incidents={row.slug: row.is_open for row in Incident.objects.all()},
        staffed=staffed_departments(),
        skilled=skills_people_have(),
        today=today,
    )


def staffed_departments() -> set[int]:
    """Keys of the departments that somebody works."""
    working = Membership.objects.filter(user__is_active=True, role__in=WRITING)
    staffed = set(working.values_list("department_id", flat=True))
    if None in staffed:
        open_ones = Department.objects.filter(is_confidential=False)
        staffed |= set(open_ones.values_list("pk", flat=True))
    return {pk for pk in staffed if pk is not None}


def skills_people_have() -> set[int]:
    """Keys of the skills that at least one active person has."""
    had = PersonSkill.objects.filter(user__is_active=True)
    return set(had.values_list("skill_id", flat=True))


def faults_of(rule: Rule, *, tree: Group, earlier: Sequence[Rule], world: World) -> list[Fault]:
    """What will keep `rule`, whose conditions are `tree`, from doing what its author wants.

    `earlier` are the rules above it, in order.
    """
    faults = [
        *_nobody_there(rule, world),
        *_promises_nothing(rule, world),
        *_unknown_names(tree, world),
    ]
    if rule.ends_on and world.today and rule.ends_on < world.today:
        faults.append(Fault((), _("Its last day is over: it matches no more.")))
    ways = products_of(tree)
    if ways is not None and all(is_impossible(way) for way in ways):
        faults.append(Fault((), _("It can never match: its conditions exclude each other.")))
    elif shadows := _shadows(rule, tree, earlier):
        names = ", ".join(f"“{shadow.name}”" for shadow in shadows)
        message = _("It is never reached: %s takes every post it could match.")
        faults.append(Fault((), message % names))
    return faults


def _shadows(rule: Rule, tree: Group, earlier: Sequence[Rule]) -> list[Rule]:
    trees: list[tuple[Group, Rule]] = []
    for other in earlier:
        if other.is_active and not other.goes_on and _is_in_force_whenever(other, rule):
            try:
                trees.append((parse(other.conditions), other))
            except ConditionsError:
                continue
    used = is_covered(tree, [other for other, _rule in trees])
    return [owner for other, owner in trees if any(other is one for one in used)]


def _is_in_force_whenever(other: Rule, rule: Rule) -> bool:
    starts_early = other.starts_on is None or (
        rule.starts_on is not None and other.starts_on <= rule.starts_on
    )
    ends_late = other.ends_on is None or (
        rule.ends_on is not None and other.ends_on >= rule.ends_on
    )
    return starts_early and ends_late


def _nobody_there(rule: Rule, world: World) -> Iterable[Fault]:
    for department in (rule.department, rule.consult, rule.approval_by, rule.notify_department):
        if department is None:
            continue
        if not department.is_active:
            yield Fault((), _("%s is closed.") % department.name)
        elif department.pk not in world.staffed:
            yield Fault((), _("Nobody works in %s: its tickets would wait.") % department.name)


def _promises_nothing(rule: Rule, world: World) -> Iterable[Fault]:
    if rule.sla_policy is not None and not rule.sla_policy.is_active:
        yield Fault((), _("The SLA policy “%s” is put away.") % rule.sla_policy)
    if rule.skill is not None and rule.skill_id not in world.skilled:
        yield Fault((), _("Nobody has the skill “%s”: nobody would get the ticket.") % rule.skill)


def _unknown_names(tree: Group, world: World) -> Iterable[Fault]:
    for path, leaf in _placed_leaves(tree, ()):
        if isinstance(leaf, OneOf):
            message = _unknown_in(leaf, world)
            if message:
                yield Fault(path, message)


def _unknown_in(leaf: OneOf, world: World) -> str:
    entries = [str(entry) for entry in leaf.entries]
    if leaf.kind == "channel":
        missing = [entry for entry in leaf.entries if entry not in world.channel_networks]
        return _("There is no such channel.") if missing else ""
    if leaf.kind in {"guess", "earlier"}:
        unknown = [entry for entry in entries if entry not in world.departments]
        return _("There is no department “%s”.") % unknown[0] if unknown else ""
    if leaf.kind == "list":
        unknown = [entry for entry in entries if entry not in world.lists]
        if unknown:
            return _("There is no list “%s”.") % unknown[0]
        return "" if any(world.lists[entry] for entry in entries) else _("Nobody is on this list.")
    if leaf.kind == "incident":
        return _no_incident_in(entries, world)
    if leaf.kind == "network":
        here = set(world.channel_networks.values())
        unknown = [entry for entry in entries if entry.lower() not in here]
        return _("No channel is on “%s”.") % unknown[0] if unknown else ""
    return ""


def _no_incident_in(entries: Collection[str], world: World) -> str:
    known = {**world.incidents, ANY_INCIDENT: True}
    unknown = [entry for entry in entries if entry not in known]
    if unknown:
        return _("There is no incident “%s”.") % unknown[0]
    return "" if any(known[entry] for entry in entries) else _("This incident is closed.")


def _placed_leaves(node: Group, path: Path) -> Iterable[tuple[Path, Leaf]]:
    for number, child in enumerate(node.children):
        here = (*path, number)
        if isinstance(child, Group):
            yield from _placed_leaves(child, here)
        else:
            yield here, child
