"""What a notice says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from inbox.models import Notice
from inbox.queries.notices import Told

Kind = Notice.Kind
ICONS = {
    Kind.MENTIONED: "at-symbol",
    Kind.RULE: "megaphone",
    Kind.CONSULTED: "question-mark-circle",
    Kind.ANSWERED: "chat-bubble-left-right",
    Kind.BOUNCED: "arrows-right-left",
}
LONGEST = 240


def sentence_of(told: Told) -> str:
    """One line; it tells nothing of a ticket its reader may not see."""
    if told.is_hidden:
        return _("Something about a ticket that you can no longer see")
    notice = told.notice
    words = {
        "who": str(notice.actor) if notice.actor else _("Crossdesk"),
        "ticket": f"#{notice.ticket_id}",
        "contact": str(told.ticket.contact or _("Unknown")) if told.ticket else "",
        "rule": _named(notice.data),
        "department": told.consult.department if told.consult else "",
    }
    return str(_PATTERNS[Kind(notice.kind)](told) % words)


def detail_of(told: Told) -> str:
    """The note, the question or the answer it is about, shortened; else the ticket's excerpt."""
    if told.is_hidden:
        return ""
    text = told.ticket.excerpt if told.ticket else ""
    if told.note:
        text = told.note.text
    elif told.consult:
        is_answer = told.notice.kind == Kind.ANSWERED
        text = told.consult.answer if is_answer else told.consult.question
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def url_of(told: Told) -> str:
    """Where it happened; nowhere for what may not be seen."""
    if told.ticket is None:
        return ""
    place = ""
    if told.note:
        place = f"#note-{told.note.pk}"
    elif told.notice.kind in {Kind.CONSULTED, Kind.ANSWERED}:
        place = "#consults"
    return reverse("inbox:ticket", args=[told.ticket.pk]) + place


def icon_of(told: Told) -> str:
    return "lock-closed" if told.is_hidden else ICONS[Kind(told.notice.kind)]


def _named(data: dict[str, Any]) -> str:
    rules = data.get("rules") or [data.get("rule", "")]
    return "”, “".join(str(rule) for rule in rules)


def _consulted(told: Told) -> str:
    if told.notice.actor_id:
        return _("%(who)s asks your department about %(contact)s, %(ticket)s")
    return _("The rule “%(rule)s” asks your department about %(contact)s, %(ticket)s")


_PATTERNS: dict[Kind, Callable[[Told], str]] = {
    Kind.BOUNCED: lambda _told: _(
        "%(contact)s, %(ticket)s, goes back and forth: settle whose it is"
    ),
    Kind.MENTIONED: lambda _told: _("%(who)s mentioned you on %(contact)s, %(ticket)s"),
    Kind.RULE: lambda _told: _("The rule “%(rule)s” tells you of %(contact)s, %(ticket)s"),
    Kind.CONSULTED: _consulted,
    Kind.ANSWERED: lambda _told: _(
        "%(who)s answered for %(department)s on %(contact)s, %(ticket)s"
    ),
}
