"""A row of the ticket list, in Python: a page has fifty, and templates are slower."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django import template
from django.template import Context
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from inbox.models import Ticket
from inbox.templatetags.icons import icon
from inbox.templatetags.tickets import (
    ago,
    department_chip,
    due_chip,
    epoch_ms,
    is_unread,
    network_letter,
    state_chip,
)

register = template.Library()
TAGS_SHOWN = 3
CURRENT = ' aria-current="true"'
PRIORITIES = {
    Ticket.Priority.LOW: ("", "chevron-double-down"),
    Ticket.Priority.HIGH: ("warn", "chevron-double-up"),
    Ticket.Priority.URGENT: ("bad", "fire"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What the rows of one list have in common; `reader` and `current` are primary keys.

    `drafts` are the tickets in which the reader has an unsent draft.
    """

    words: dict[str, str]
    queue: str
    list_query: str
    reader: int
    current: int | None = None
    drafts: frozenset[int] = frozenset()


@register.simple_tag(takes_context=True)
def list_rows(context: Context, rows: Iterable[Ticket]) -> SafeString:
    """The rows of the list at hand."""
    ticket = context.get("ticket")
    look = Look(
        words=context["words"],
        queue=context["filter"].queue,
        list_query=context["list_query"],
        reader=context["user"].pk,
        current=ticket.pk if ticket else None,
        drafts=context["drafts"],
    )
    return SafeString("".join(draw_row(row, look) for row in rows))


def draw_row(row: Ticket, look: Look) -> SafeString:
    """One row; its `data-` attributes tell list.js where it belongs."""
    words, contact, channel = look.words, row.contact, row.channel
    new, is_current = is_unread(row), row.pk == look.current
    classes = "row" + " new" * new + " current" * is_current
    spoken = f", {words['unread']}" if new else ""
    if row.pk in look.drafts:
        spoken += f", {words['drafted']}"
    name = str(contact) if contact else words["unknown"]
    chips = "".join(_chips(row, look))
    # Everything people wrote is escaped here, and by every chip.
    return mark_safe(  # noqa: S308
        f'<li class="{classes}" id="row-{row.pk}" data-id="{row.pk}"'
        f' data-at="{epoch_ms(row.last_post_at)}" data-priority="{row.priority}"'
        f' data-due="{epoch_ms(row.due_at)}">'
        f'<span class="face" aria-hidden="true">{escape(contact.initials if contact else "?")}'
        f"<i>{escape(network_letter(channel.network))}</i></span>"
        f'<span class="row-top"><a class="row-link" href="/t/{row.pk}/?{escape(look.list_query)}"'
        f"{CURRENT if is_current else ''}><bdi>{escape(name)}</bdi>"
        f'<span class="sr-only">{escape(spoken)}, {escape(channel.name)}</span></a></span>'
        f" {ago(row.last_post_at)}"
        f'<p class="excerpt" dir="auto">{escape(row.excerpt or words["no_text"])}</p>'
        f'<span class="chips">{chips}</span></li>\n'
    )


def _chips(row: Ticket, about: Look) -> Iterator[str]:
    words = about.words
    if row.pk in about.drafts:
        yield _chip("accent draft-mark", "pencil", words["draft"])
    if row.priority in PRIORITIES:
        look, picture = PRIORITIES[Ticket.Priority(row.priority)]
        yield _chip(look, picture, words[f"priority_{row.priority}"])
    yield from _pressing(row, words)
    if row.is_private:
        yield _chip("hue hue-violet", "lock-closed", words["private"])
    if row.state != Ticket.State.OPEN:
        yield state_chip(row)
    elif row.is_answered:
        yield _chip("ok", "check", words["answered"])
    if about.queue != (row.department.slug if row.department else "triage"):
        yield department_chip(row.department)
    if row.assignee_id:
        mine = row.assignee_id == about.reader
        yield _chip("", "user", words["me"] if mine else str(row.assignee))
    tags = list(row.tags.all())
    for tag in tags[:TAGS_SHOWN]:
        yield _chip("", "tag", tag.name)
    if len(tags) > TAGS_SHOWN:
        yield f'<span class="chip">+{len(tags) - TAGS_SHOWN}</span>'


def _pressing(row: Ticket, words: dict[str, str]) -> Iterator[str]:
    if row.has_due:
        yield due_chip(row)
    if row.bouncing_since:
        yield _chip("bad", "arrows-right-left", words["bouncing"])
    if row.consulted:
        yield _chip("warn", "question-mark-circle", words["asked"])
    if row.incident:
        yield _chip("accent", "bolt", row.incident.title)


def _chip(look: str, picture: str, label: str) -> str:
    drawn = icon(picture, "micro")
    return f'<span class="chip {look}">{drawn}<span dir="auto">{escape(label)}</span></span>'
