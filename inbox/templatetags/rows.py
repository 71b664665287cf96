"""The chips of a list row, in Python: a page has fifty rows, and templates are slower."""

from __future__ import annotations

from collections.abc import Iterator

from django import template
from django.template import Context
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from inbox.models import Ticket
from inbox.templatetags.icons import icon
from inbox.templatetags.tickets import department_chip, state_chip

register = template.Library()
TAGS_SHOWN = 3
PRIORITIES = {
    Ticket.Priority.LOW: ("", "chevron-double-down"),
    Ticket.Priority.HIGH: ("warn", "chevron-double-up"),
    Ticket.Priority.URGENT: ("bad", "fire"),
}


@register.simple_tag(takes_context=True)
def row_chips(context: Context, row: Ticket) -> SafeString:
    """What distinguishes the ticket from others of the list, most important first."""
    words, queue = context["words"], context["filter"].queue
    chips = _chips(row, words, queue, context["user"].pk)
    # Every chip escapes the words it is given.
    return mark_safe(f'<span class="chips">{"".join(chips)}</span>')  # noqa: S308


def _chips(row: Ticket, words: dict[str, str], queue: str, reader: int) -> Iterator[str]:
    if row.priority in PRIORITIES:
        look, picture = PRIORITIES[Ticket.Priority(row.priority)]
        yield _chip(look, picture, words[f"priority_{row.priority}"])
    if row.is_private:
        yield _chip("hue hue-violet", "lock-closed", words["private"])
    if row.state != Ticket.State.OPEN:
        yield state_chip(row)
    elif row.is_answered:
        yield _chip("ok", "check", words["answered"])
    if queue != (row.department.slug if row.department else "triage"):
        yield department_chip(row.department)
    if row.assignee_id:
        mine = row.assignee_id == reader
        yield _chip("", "user", words["me"] if mine else str(row.assignee))
    tags = list(row.tags.all())
    for tag in tags[:TAGS_SHOWN]:
        yield _chip("", "tag", tag.name)
    if len(tags) > TAGS_SHOWN:
        yield f'<span class="chip">+{len(tags) - TAGS_SHOWN}</span>'


def _chip(look: str, picture: str, label: str) -> str:
    drawn = icon(picture, "micro")
    return f'<span class="chip {look}">{drawn}<span dir="auto">{escape(label)}</span></span>'
