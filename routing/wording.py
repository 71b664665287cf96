"""Rules as sentences: "When a post on Facebook says “palm oil”: to PR, urgent"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts.models import Department
from routing.conditions import ConditionsError, Group, Node, parse
from routing.leaves import Between, Hours, Leaf, Near, OneOf, Pattern, Said
from routing.matching import ANY_INCIDENT, FOLLOW_UP, NEW, OWN_POST_COMMENT
from routing.models import AuthorList, Incident, Rule

Label = str | Promise
PRIORITIES: tuple[Label, ...] = (lazy("low"), lazy("normal"), lazy("high"), lazy("urgent"))
# Those whose name is more than their slug with a capital.
NETWORKS = {
    "tiktok": "TikTok",
    "youtube": "YouTube",
    "linkedin": "LinkedIn",
    "whatsapp": "WhatsApp",
}
KINDS: dict[str, Label] = {
    "post": lazy("a post"),
    "comment": lazy("a comment"),
    "mention": lazy("a mention"),
    "direct_message": lazy("a direct message"),
    "review": lazy("a review"),
    OWN_POST_COMMENT: lazy("a comment under a post of ours"),
}
SENTIMENTS: dict[str, Label] = {
    "negative": lazy("negative"),
    "neutral": lazy("neutral"),
    "positive": lazy("positive"),
}
THREADS: dict[str, Label] = {
    NEW: lazy("a new conversation"),
    FOLLOW_UP: lazy("a follow-up of a resolved one"),
}
# What each condition says of a post, and what its opposite says.
_SAYS: dict[str, tuple[Label, Label]] = {
    "phrase": (lazy("says %s"), lazy("does not say %s")),
    "word": (lazy("has the word %s"), lazy("does not have the word %s")),
    "near": (lazy("has %s"), lazy("does not have %s")),
    "pattern": (lazy("fits the expression %s"), lazy("does not fit the expression %s")),
    "channel": (lazy("is on %s"), lazy("is not on %s")),
    "network": (lazy("is on %s"), lazy("is not on %s")),
    "kind": (lazy("is %s"), lazy("is not %s")),
    "author": (lazy("is by %s"), lazy("is not by %s")),
    "followers": (lazy("is by someone with %s followers"), lazy("is not by one with %s followers")),
    "list": (lazy("is by someone on the list %s"), lazy("is by nobody on the list %s")),
    "earlier": (lazy("is by someone last helped by %s"), lazy("is by nobody last helped by %s")),
    "language": (lazy("is in %s"), lazy("is not in %s")),
    "topic": (lazy("is about %s"), lazy("is not about %s")),
    "sentiment": (lazy("sounds %s"), lazy("does not sound %s")),
    "urgency": (lazy("has an urgency of %s"), lazy("does not have an urgency of %s")),
    "guess": (lazy("looks like one for %s"), lazy("does not look like one for %s")),
    "confidence": (
        lazy("leaves the classifier %s sure"),
        lazy("does not leave the classifier %s sure"),
    ),
    "hour": (lazy("is written %s"), lazy("is not written %s")),
    "weekday": (lazy("is written on a %s"), lazy("is not written on a %s")),
    "thread": (lazy("opens %s"), lazy("does not open %s")),
    "incident": (lazy("belongs to %s"), lazy("does not belong to %s")),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What keys and labels are called; one that is not here speaks for itself."""

    channels: Mapping[int, str] = field(default_factory=dict)
    departments: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    incidents: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, str] = field(default_factory=dict)


def names(channels: Mapping[int, str]) -> Names:
    """The names of everything rules may speak of, in three queries; channels are known above."""
    return Names(
        channels=channels,
        departments=dict(Department.objects.values_list("slug", "name")),
        lists=dict(AuthorList.objects.values_list("slug", "name")),
        incidents=dict(Incident.objects.values_list("slug", "title")),
    )


def sentence_of(rule: Rule, known: Names) -> str:
    """The whole rule in a sentence."""
    told = {"condition": conditions_of(rule.conditions, known), "then": consequence_of(rule)}
    return _("When %(condition)s: %(then)s.") % told


def conditions_of(document: Any, known: Names) -> str:
    """For which posts, such as "a post on Facebook says “palm oil”"."""
    try:
        tree = parse(document)
    except ConditionsError:
        return _("the conditions cannot be read")
    children: list[Node] = list(tree.children) if tree.kind == "all" else [tree]
    noun = _noun(children, known)
    if not children:
        return _("there is %s") % noun
    said = _joined(
        [describe(child, known, is_inner=len(children) > 1) for child in children], "and"
    )
    return f"{noun} {said}"


def describe(node: Node, known: Names, *, holds: bool = True, is_inner: bool = False) -> str:
    """What `node` says of a post; or, when it shall not hold, the opposite."""
    if not isinstance(node, Group):
        return str(_SAYS[node.kind][0 if holds else 1]) % _value(node, known)
    # The opposite of all is any of the opposites; none is all of them.
    is_joined = holds if node.kind == "none" else (node.kind == "all") == holds
    inner = holds if node.kind != "none" else not holds
    parts = [
        describe(child, known, holds=inner, is_inner=len(node.children) > 1)
        for child in node.children
    ]
    said = _joined(parts, "and" if is_joined else "or")
    return f"({said})" if is_inner and len(parts) > 1 else said


def consequence_of(rule: Rule) -> str:
    """What then happens, such as "to PR, urgent"."""
    place = {
        Rule.Place.DEPARTMENT: _("to %s") % (rule.department or "?"),
        Rule.Place.TRIAGE: _("to triage"),
        Rule.Place.SPAM: _("parked as spam"),
        Rule.Place.UNCHANGED: "",
    }[Rule.Place(rule.place)]
    tags = ", ".join(f"“{tag}”" for tag in rule.tags)
    parts = [
        place,
        str(PRIORITIES[rule.priority]) if rule.priority is not None else "",
        _("tagged %s") % tags if tags else "",
        _("given to %s") % rule.assignee if rule.assignee else "",
        _("given to someone who knows “%s”") % rule.skill if rule.skill else "",
        _("by the SLA policy “%s”") % rule.sla_policy if rule.sla_policy else "",
        _approval_of(rule),
        _("%s is asked, too") % rule.consult if rule.consult else "",
        *(
            _("%s is told") % who
            for who in (rule.notify_user, rule.notify_department)
            if who is not None
        ),
        _("and the next rules may add to it") if rule.goes_on else "",
    ]
    found = ", ".join(part for part in parts if part)
    return found or _("the rules below do not count")


def _approval_of(rule: Rule) -> str:
    if rule.approval_by is None:
        return ""
    leads, all_of_it = _("replies approved by the leads of %s"), _("replies approved by %s")
    return (leads if rule.approval_by_leads else all_of_it) % rule.approval_by


def _noun(children: list[Node], known: Names) -> str:
    """ "A review on Facebook": kind and place stand in front; what is said so leaves `children`."""
    noun = _("a post")
    for kind, pattern in (("kind", "%s"), ("network", _("%s on %s")), ("channel", _("%s on %s"))):
        leaf = next((c for c in children if c.kind == kind and isinstance(c, OneOf)), None)
        if leaf is None or len(leaf.entries) > 3:
            continue
        children.remove(leaf)
        value = _value(leaf, known)
        noun = value if kind == "kind" else pattern % (noun, value)
    return noun


def _value(leaf: Leaf, known: Names) -> str:
    if isinstance(leaf, OneOf):
        return _either(_named(leaf, known))
    if isinstance(leaf, Said):
        return _either(f"“{entry}”" for entry in leaf.entries)
    if isinstance(leaf, Near):
        told = {"one": leaf.words[0], "other": leaf.words[1], "n": leaf.within}
        return _("“%(one)s” within %(n)d words of “%(other)s”") % told
    if isinstance(leaf, Pattern):
        return f"“{leaf.pattern}”"
    if isinstance(leaf, Hours):
        return _("between %(start)d:00 and %(end)d:00") % {"start": leaf.start, "end": leaf.end}
    return _amount(leaf) if isinstance(leaf, Between) else ""


def _named(leaf: OneOf, known: Names) -> Iterable[str]:
    naming: dict[str, Callable[[Any], Label]] = {
        "channel": lambda pk: known.channels.get(pk, f"#{pk}"),
        "guess": lambda slug: known.departments.get(slug, slug),
        "earlier": lambda slug: known.departments.get(slug, slug),
        "list": lambda slug: f"“{known.lists.get(slug, slug)}”",
        "kind": lambda kind: KINDS[kind],
        "author": lambda handle: f"@{str(handle).lstrip('@')}",
        "network": network_name,
        "language": language_name,
        "topic": lambda topic: str(topic).replace("_", " "),
        "sentiment": lambda name: SENTIMENTS[name],
        "weekday": lambda day: WEEKDAYS[day],
        "thread": lambda name: THREADS[name],
        "incident": lambda slug: incident_name(slug, known),
    }
    name = naming[leaf.kind]
    return [str(name(entry)) for entry in leaf.entries]


def network_name(slug: Any) -> str:
    """What a network calls itself."""
    return NETWORKS.get(slug) or str(slug).replace("_", " ").title()


def incident_name(slug: Any, known: Names) -> str:
    """What an incident is called in a sentence."""
    if slug == ANY_INCIDENT:
        return _("an open incident")
    return _("the incident “%s”") % str(known.incidents.get(slug, slug))


def language_name(code: Any) -> str:
    """What a language is called; its code when we do not know."""
    try:
        return str(get_language_info(str(code))["name_translated"])
    except KeyError:
        return str(code)


def _amount(leaf: Between) -> str:
    def shown(number: float) -> str:
        return f"{number * 100:.0f} %" if leaf.kind == "confidence" else f"{number:,.0f}"

    parts = []
    if leaf.at_least is not None:
        parts.append(_("at least %s") % shown(leaf.at_least))
    if leaf.below is not None:
        parts.append(_("less than %s") % shown(leaf.below))
    return _joined(parts, "and")


def _either(values: Iterable[str], *, most: int = 6) -> str:
    found = list(values)
    more = len(found) - most
    if more > 0:
        return _("%(list)s or %(n)d more") % {"list": ", ".join(found[:most]), "n": more}
    return _joined(found, "or")


def _joined(parts: list[str], word: str) -> str:
    between = _(" and ") if word == "and" else _(" or ")
    if word == "or" and len(parts) > 2:
        return ", ".join(parts[:-1]) + between + parts[-1]
    return between.join(parts)
