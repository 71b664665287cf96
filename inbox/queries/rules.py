"""Routing rules as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import Department
from inbox.models import Channel, Ticket
from routing import language, services
from routing.facts import Facts
from routing.models import Decision, Rule


@dataclass(frozen=True, slots=True)
class Line:
    """A rule, what it says, and whether it can go up or down."""

    rule: Rule
    conditions: str
    consequence: str
    is_first: bool
    is_last: bool


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


def rule_lines() -> list[Line]:
    """All rules in their order."""
    rules = list(Rule.objects.select_related("department"))
    channels = dict(Channel.objects.values_list("pk", "name"))
    last = len(rules) - 1
    return [
        Line(rule, _conditions(rule, channels), _consequence(rule), n == 0, n == last)
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


def _conditions(rule: Rule, channels: Mapping[int, str]) -> str:
    names = [channels.get(pk, f"#{pk}") for pk in rule.channel_ids]
    parts = [
        _("the text contains %(list)s") % {"list": _either(rule.phrases)} if rule.phrases else "",
        _("the text has the word %(list)s") % {"list": _either(rule.words)} if rule.words else "",
        _("the author is %(list)s") % {"list": _either(rule.handles)} if rule.handles else "",
        _("the channel is %(list)s") % {"list": _either(names)} if names else "",
        _("the network is %(list)s") % {"list": _either(rule.networks)} if rule.networks else "",
        _("the language is %(list)s") % {"list": _either(rule.languages)} if rule.languages else "",
    ]
    return _(" and ").join(part for part in parts if part)


def _either(values: Iterable[str], *, most: int = 6) -> str:
    quoted = [f"“{value}”" for value in values]
    more = len(quoted) - most
    if more > 0:
        return _("%(list)s or %(n)d more") % {"list": ", ".join(quoted[:most]), "n": more}
    return _(" or ").join(quoted)


def _consequence(rule: Rule) -> str:
    where = rule.department.name if rule.department else _("triage")
    if rule.priority is None:
        return where
    priority = Ticket.Priority(rule.priority).label
    return _("%(where)s, priority %(priority)s") % {"where": where, "priority": priority}
