"""The conversation as it is drawn: entries, events folded between, and why it is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Department
from inbox.models import Post, Ticket, TicketEvent
from inbox.queries import Entry
from routing import labels
from routing.models import Decision

BAR_HEIGHT = 16
BAR_STEP = 11


@dataclass(frozen=True, slots=True)
class Drawn:
    """One block of the thread: a post, a note, or the events between two of those."""

    kind: str
    item: Any
    depth: int = 0
    reply_to: Post | None = None


def drawn(entries: Sequence[Entry]) -> list[Drawn]:
    """The entries with neighbouring events joined, and replies set in under what they answer."""
    blocks: list[Drawn] = []
    posts: dict[int, Post] = {}
    newest: Post | None = None
    for entry in entries:
        if entry.kind == "event":
            _add_event(blocks, entry.item)
        elif entry.kind == "post":
            parent = posts.get(entry.item.parent_id or 0)
            # A reply right under what it answers needs no thread line.
            is_aside = parent is not None and parent is not newest
            blocks.append(Drawn("post", entry.item, int(is_aside), parent if is_aside else None))
            posts[entry.item.pk] = newest = entry.item
        else:
            blocks.append(Drawn("note", entry.item))
    return blocks


def _add_event(blocks: list[Drawn], event: TicketEvent) -> None:
    if blocks and blocks[-1].kind == "event":
        blocks[-1].item.append(event)
    else:
        blocks.append(Drawn("event", [event]))


@dataclass(frozen=True, slots=True)
class Bar:
    """One department's probability, as a number and as a rectangle."""

    title: str
    hue: str
    share: float
    x: int

    @property
    def percent(self) -> int:
        return round(self.share * 100)

    @property
    def height(self) -> int:
        return max(2, round(self.share * BAR_HEIGHT))

    @property
    def y(self) -> int:
        return BAR_HEIGHT - self.height


@dataclass(frozen=True, slots=True)
class Word:
    """One reason, with its weight and that weight beside the greatest."""

    text: str
    weight: float
    share: float


@dataclass(frozen=True, slots=True)
class Why:
    """Why the ticket is where it is, in a sentence, bars and words.

    Of a decision by a rule the words are what it found, and the bars what the classifier thought.
    """

    sentence: str
    hue: str
    bars: list[Bar]
    words: list[Word]
    is_by_rule: bool
    facts: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def bars_width(self) -> int:
        return len(self.bars) * BAR_STEP

    @property
    def bars_text(self) -> str:
        return ", ".join(f"{bar.title} {bar.percent} %" for bar in self.bars)


def why_of(
    ticket: Ticket, departments: Sequence[Department], *, reads_rules: bool = False
) -> Why | None:
    """What routing decided for the ticket, ready to be drawn; None when it never did.

    Who `reads_rules` is led to the versions that fired.
    """
    decision = ticket.decision
    if decision is None:
        return None
    by_slug = {department.slug: department for department in departments}
    words = _words(decision)
    bars = _bars(decision.probabilities, by_slug)
    target = decision.department
    sentence = _sentence(decision, bars, has_words=bool(words))
    if target is not None and ticket.department_id != target.pk:
        sentence = _("First %s") % sentence
    hue = target.hue if target else "triage"
    facts = _facts(decision, by_slug, reads_rules=reads_rules)
    return Why(sentence, hue, bars, words, decision.method == Decision.Method.RULE, facts)


def _sentence(decision: Decision, bars: Sequence[Bar], *, has_words: bool) -> str:
    told = {
        "department": decision.department or _("triage"),
        "percent": round(decision.confidence * 100),
        "rule": decision.rule or _("a rule that is gone"),
    }
    if decision.method == Decision.Method.RULE:
        return _("%(department)s, by the rule “%(rule)s”") % told + (":" if has_words else "")
    if decision.method == Decision.Method.CLASSIFIER:
        sure = _("%(department)s, %(percent)s %% sure") % told
        return sure + _(", because of") if has_words else sure
    if not bars:
        return _("Triage: the router had nothing to go by")
    told["department"] = bars[0].title
    return _("Triage: best guess %(department)s, only %(percent)s %% sure") % told


def _bars(probabilities: Any, departments: Mapping[str, Department]) -> list[Bar]:
    if not isinstance(probabilities, dict):
        return []
    ordered = sorted(probabilities.items(), key=lambda pair: -float(pair[1]))[:8]
    return [
        Bar(
            title=departments[slug].name if slug in departments else slug,
            hue=departments[slug].hue if slug in departments else "",
            share=float(share),
            x=place * BAR_STEP,
        )
        for place, (slug, share) in enumerate(ordered)
    ]


def _words(decision: Decision) -> list[Word]:
    found = [r for r in decision.reasons or [] if isinstance(r, dict) and r.get("word")]
    greatest = max((abs(float(r.get("weight") or 0)) for r in found), default=0) or 1
    return [
        Word(str(r["word"])[:60], weight := float(r.get("weight") or 0), weight / greatest)
        for r in found[:8]
    ]


def _facts(
    decision: Decision, departments: Mapping[str, Department], *, reads_rules: bool
) -> list[tuple[str, Any]]:
    runner_up = departments.get(decision.runner_up)
    rows: list[tuple[str, Any]] = [(_("Decided by"), decision.get_method_display())]
    fired = [
        (one["name"], one.get("rule"), one["version"])
        for one in decision.fired or []
        if isinstance(one, dict)
    ]
    if not fired and decision.rule:
        fired = [(decision.rule.name, decision.rule_id, decision.rule_version)]
    if fired:
        told = [_version(*one, is_linked=reads_rules) for one in fired]
        rows.append((ngettext("Rule", "Rules", len(fired)), format_html_join("; ", "{}", told)))
    if decision.consult:
        asked = departments.get(decision.consult)
        rows.append((_("Asked, too"), asked.name if asked else decision.consult))
    if decision.model_version:
        rows.append((_("Model"), decision.model_version))
    if runner_up:
        rows.append((_("Runner-up"), runner_up.name))
    return rows + _understood(decision)


def _version(name: str, rule: int | None, number: int, *, is_linked: bool) -> tuple[str]:
    """A rule's version by name, and the way to where its history shows it."""
    told = f"{name}, {_('version')} {number}"
    if not is_linked or rule is None:
        return (told,)
    address = reverse("inbox:rule_history", args=[rule])
    return (format_html('<a href="{}#v{}">{}</a>', address, number, told),)


def _understood(decision: Decision) -> list[tuple[str, Any]]:
    """What else was understood of the post."""
    rows: list[tuple[str, Any]] = []
    if decision.topic:
        rows.append((_("Topic"), labels.topic_name(decision.topic)))
    if decision.sentiment:
        rows.append((_("Sentiment"), decision.get_sentiment_display()))
    if decision.urgency:
        cues = ", ".join(map(labels.cue_name, decision.urgency_cues))
        rows.append((_("Urgency"), f"{labels.URGENCIES[decision.urgency]} ({cues})"))
    if decision.spam:
        rows.append((_("Looks like spam"), decision.spam))
    return rows
