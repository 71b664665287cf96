"""The builder's page: the tree as it stands, what it says, what is wrong, what a text does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from inbox.forms.conditions import SHAPES, Draft, document_of
from inbox.forms.steps import Step, Told
from inbox.models import Channel
from inbox.queries.rules import RELATED, all_names, world
from routing import language
from routing.conditions import DEEPEST, Group, Lit, Path, read
from routing.facts import Facts
from routing.faults import faults_of
from routing.matching import ANY_INCIDENT
from routing.models import AuthorList, Rule
from routing.queries import hold
from routing.services.rule_values import fill
from routing.wording import KINDS, SENTIMENTS, THREADS, Names, network_name, sentence_of

Label = str | Promise
Choice = tuple[str, Label]
GROUPS: list[Choice] = [
    ("all", lazy("All of these")),
    ("any", lazy("Any of these")),
    ("none", lazy("None of these")),
]
# What can be asked, as the menu offers it; the words continue "The post …".
MENU: list[tuple[Label, list[Choice]]] = [
    (
        lazy("What it says"),
        [
            ("phrase", lazy("says one of these phrases")),
            ("word", lazy("has one of these whole words")),
            ("near", lazy("has two words close together")),
            ("pattern", lazy("fits a regular expression")),
            ("language", lazy("is in one of these languages")),
        ],
    ),
    (
        lazy("Where and when"),
        [
            ("channel", lazy("is on one of these channels")),
            ("network", lazy("is on one of these networks")),
            ("kind", lazy("is of one of these kinds")),
            ("thread", lazy("begins or continues")),
            ("incident", lazy("belongs to an incident")),
            ("hour", lazy("is written between two hours")),
            ("weekday", lazy("is written on one of these days")),
        ],
    ),
    (
        lazy("Who writes"),
        [
            ("author", lazy("is by one of these handles")),
            ("list", lazy("is by someone on a list")),
            ("followers", lazy("is by someone with so many followers")),
            ("earlier", lazy("is by someone last helped by")),
        ],
    ),
    (
        lazy("What the classifier thinks"),
        [
            ("guess", lazy("looks like one for")),
            ("confidence", lazy("leaves it so sure, in per cent")),
            ("topic", lazy("is about one of these topics")),
            ("sentiment", lazy("sounds")),
            ("urgency", lazy("has an urgency of, 0 to 3")),
        ],
    ),
]
LABELS = {kind: label for _title, choices in MENU for kind, label in choices} | dict(GROUPS)
HELP: dict[str, Label] = {
    "phrase": lazy("One a line."),
    "word": lazy("One a line."),
    "author": lazy("One handle a line."),
    "language": lazy("Two letters, one a line: en, de …"),
    "topic": lazy("One a line: delivery, refund, boycott …"),
    "hour": lazy("Full hours, 0 to 24; perhaps over midnight."),
    "pattern": lazy("RE2 syntax; case does not matter. Looking around is not supported."),
}


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node, ready to be drawn.

    `said` is what came of moving it, `focus` the button that is to have the focus: up or down.
    """

    place: str
    name: str
    kind: str
    label: Label
    widget: str
    help: Label
    values: Mapping[str, Any]
    choices: list[Choice]
    faults: list[str]
    lit: Lit | None
    is_new: bool
    number: str
    said: str = ""
    is_refused: bool = False
    is_first: bool = False
    is_last: bool = False
    focus: str = ""
    children: list[NodeView] = field(default_factory=list)

    @property
    def is_group(self) -> bool:
        return self.widget == "group"

    @property
    def id(self) -> str:
        return f"n{self.place.replace('.', '-')}"


@dataclass(frozen=True, slots=True)
class Built:
    """The draft of a rule: what it says, what is wrong with it, and what a text makes of it."""

    root: NodeView
    sentence: str
    faults: list[str]
    lit: Lit | None

    @property
    def lit_ids(self) -> str:
        """The marks of all nodes, for htmx to bring up to date."""
        return ",".join(f"#{node.id}-lit" for node in _walk(self.root))


def candidate(rule: Rule | None, values: Mapping[str, Any], document: Any) -> Rule:
    """`rule` as it would be with `values`, as far as they are valid; never saved."""
    # Until it is chosen where posts go, the sentence asks: "to ?".
    made = copy(rule) if rule else Rule(name=_("This rule"), place=Rule.Place.DEPARTMENT)
    for name, value in {**values, "conditions": document}.items():
        try:
            fill(made, {name: value})
        except ValidationError:
            continue
    return made


def build(
    draft: Draft,
    *,
    rule: Rule | None,
    values: Mapping[str, Any],
    facts: Facts | None,
    step: Step | None = None,
    is_strict: bool = False,
) -> Built:
    """Everything the page shows of `draft`; `facts` are the text it is tested with.

    A condition that is still blank is no fault yet, unless `is_strict`.
    """
    document = document_of(draft)
    made = candidate(rule, values, document)
    tree, found = read(document)
    by_path: dict[Path, list[str]] = defaultdict(list)
    for fault in found:
        by_path[fault.path].append(fault.message)
    known = all_names()
    sentence = ""
    whole: list[str] = []
    if tree is not None and not found:
        whole, sentence = _judge(made, tree, by_path, known)
    lit = hold(tree, facts) if tree is not None and not found and facts else None
    lights = {one.path: one for one in lit.walk()} if lit else {}
    drawer = _Drawer(by_path, lights, _choices(known), step, is_strict)
    return Built(drawer.draw(draft), sentence, whole, lit)


def facts_of(tested: Mapping[str, Any]) -> Facts | None:
    """The facts of a valid `SampleForm`; None without a text."""
    text, channel = tested.get("text"), tested.get("channel")
    if not text:
        return None
    return Facts(
        text=text,
        language=language.detect([text])[0],
        channel_id=channel.pk if channel else None,
        network=channel.network if channel else "",
        author_handle=tested.get("handle") or "",
        kind=tested.get("kind") or "",
        followers=tested.get("followers"),
        posted_at=tested.get("posted_at"),
        is_under_own_post=bool(tested.get("is_under_own_post")),
        is_follow_up=bool(tested.get("is_follow_up")),
    )


def _judge(
    made: Rule, tree: Group, by_path: dict[Path, list[str]], known: Names
) -> tuple[list[str], str]:
    """Sort the faults of a readable rule to their nodes; return the others and the sentence."""
    earlier = Rule.objects.select_related(*RELATED)
    if made.pk:
        earlier = earlier.filter(position__lt=made.position)
    whole = []
    for fault in faults_of(made, tree=tree, earlier=list(earlier), world=world()):
        if fault.path:
            by_path[fault.path].append(fault.message)
        else:
            whole.append(fault.message)
    return whole, sentence_of(made, known)


def _choices(known: Names) -> dict[str, list[Choice]]:
    networks = Channel.objects.order_by("network").values_list("network", flat=True).distinct()
    departments: list[Choice] = list(known.departments.items())
    lists: list[Choice] = list(AuthorList.objects.values_list("slug", "name"))
    return {
        "channel": [(str(pk), name) for pk, name in known.channels.items()],
        "network": [(name, network_name(name)) for name in networks],
        "kind": list(KINDS.items()),
        "thread": list(THREADS.items()),
        "weekday": [(str(day), label) for day, label in WEEKDAYS.items()],
        "list": lists,
        "incident": [(ANY_INCIDENT, _("any that is open")), *known.incidents.items()],
        "earlier": departments,
        "guess": departments,
        "sentiment": list(SENTIMENTS.items()),
    }


@dataclass(frozen=True, slots=True)
class _Drawer:
    faults: Mapping[Path, list[str]]
    lights: Mapping[Path, Lit]
    choices: Mapping[str, list[Choice]]
    step: Step | None
    is_strict: bool

    def draw(self, draft: Draft, path: Path = (), within: Draft | None = None) -> NodeView:
        place = ".".join(map(str, path))
        numbered = enumerate(draft.children)
        children = [self.draw(child, (*path, number), draft) for number, child in numbered]
        is_first = len(path) == 1 and path[0] == 0
        is_last = len(path) == 1 and within is not None and path[0] == len(within.children) - 1
        step = self.step if self.step and self.step.path == path else Step(path)
        ends = {"up": "down"} if is_first else {"down": "up"} if is_last else {}
        return NodeView(
            place=place,
            name=f"c.{place}" if place else "c",
            kind=draft.kind,
            label=LABELS[draft.kind],
            widget="group" if draft.is_group else SHAPES[draft.kind].widget,
            help=HELP.get(draft.kind, ""),
            values=self._values(draft),
            choices=self._offered(draft),
            faults=[] if draft.is_blank and not self.is_strict else self.faults.get(path, []),
            lit=self.lights.get(path),
            is_new=step is self.step and step.is_new,
            number=_number(path),
            said=_said(step, within),
            is_refused=step.told == Told.REFUSED,
            is_first=is_first,
            is_last=is_last,
            focus=ends.get(step.verb, step.verb),
            children=children,
        )

    def _values(self, draft: Draft) -> dict[str, Any]:
        first = {name: values[0] for name, values in draft.fields.items() if values}
        return first | {"chosen": draft.fields.get("entries", [])}

    def _offered(self, draft: Draft) -> list[Choice]:
        """The choices of a kind, and whatever else was chosen, so that it can be taken out."""
        offered = list(self.choices.get(draft.kind, ()))
        known = {value for value, _label in offered}
        if draft.kind not in self.choices:
            return []
        stray = [value for value in draft.fields.get("entries", []) if value not in known]
        return offered + [(value, value) for value in stray]


def _number(path: Path) -> str:
    """A place as people count: the first of the second is 2.1."""
    return ".".join(str(step + 1) for step in path)


def _said(step: Step, within: Draft | None) -> str:
    """Where what moved stands now, or why it does not move."""
    if step.told == Told.REFUSED:
        told = _("Groups are nested at most %d deep.") % DEEPEST
        return told if step.is_new else _("It stays here.") + " " + told
    if step.told == Told.NOTHING or within is None:
        return ""
    said = {
        "place": step.path[-1] + 1,
        "all": len(within.children),
        "group": _number(step.path[:-1]),
        "kind": LABELS[within.kind],
    }
    if len(step.path) == 1:
        landed = _("Now number %(place)d of %(all)d, in no group.") % said
    else:
        landed = _("Now number %(place)d of %(all)d in group %(group)s, “%(kind)s”.") % said
    if step.told == Told.PASSED:
        return landed + " " + _("It went past a group: they are nested at most %d deep.") % DEEPEST
    return landed


def _walk(node: NodeView) -> list[NodeView]:
    return [node, *(below for child in node.children for below in _walk(child))]
