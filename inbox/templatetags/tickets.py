"""Small pictures of a ticket: chips, times, letters, bars, sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _

from accounts.models import Department, User
from inbox.models import Tag, Ticket, TicketEvent
from inbox.templatetags.icons import icon
from inbox.timeline import sentence_of
from routing.wording import network_name

register = template.Library()

# Where the first letter of the slug is not what people know.
LETTERS = {"x": "X", "tiktok": "T", "youtube": "Y", "linkedin": "in", "whatsapp": "W"}
# Seconds before the end of a promise from which on it is marked.
SOON = 3_600
STATE_LOOKS = {
    Ticket.State.OPEN: ("", "inbox"),
    Ticket.State.PENDING: ("accent", "chat-bubble-left-ellipsis"),
    Ticket.State.SNOOZED: ("warn", "clock"),
    Ticket.State.RESOLVED: ("ok", "check"),
}


@register.filter
def is_unread(ticket: Ticket) -> bool:
    """Whether nobody has dealt with the ticket yet."""
    return ticket.state == Ticket.State.OPEN and not ticket.is_touched and not ticket.is_answered


@register.filter
def epoch_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


@register.filter
def network_letter(network: str) -> str:
    return LETTERS.get(network, network[:1] or "?")


register.filter(network_name)


@register.filter
def ago(at: datetime | None) -> SafeString:
    """How long ago, kept up to date by times.js; the full time is in the title."""
    if at is None:
        return SafeString("")
    full = date_format(localtime(at), "DATETIME_FORMAT")
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>', at.isoformat(), full, since(at)
    )


@register.filter
def stamp(at: datetime) -> SafeString:
    """The time of day, with the date when it was not today; the full time is in the title."""
    local = localtime(at)
    today = local.date() == localtime(timezone.now()).date()
    short = date_format(local, "H:i" if today else "j M, H:i")
    full = date_format(local, "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), full, short)


def since(at: datetime) -> str:
    """The shortest words for the time passed since `at`: now, 5 min, 3 h, 2 d, or the date."""
    seconds = (timezone.now() - at).total_seconds()
    if seconds < 60:
        return _("now")
    if seconds < 7 * 86_400:
        return span(seconds)
    this_year = at.year == timezone.now().year
    return date_format(localtime(at), "j M" if this_year else "j M Y")


def span(seconds: float) -> str:
    """The shortest words for a length of time: 5 min, 3 h, 2 d."""
    if seconds < 3_600:
        return _("%s min") % int(seconds // 60)
    if seconds < 86_400:
        return _("%s h") % int(seconds // 3_600)
    return _("%s d") % int(seconds // 86_400)


@register.filter
def due_chip(ticket: Ticket) -> SafeString:
    """How long is left until the next promise ends, or how late it is; times.js keeps it true."""
    if not ticket.has_due:
        return SafeString("")
    left = (ticket.due_at - timezone.now()).total_seconds()
    is_answer = ticket.first_responded_at is None and ticket.first_response_due_at == ticket.due_at
    told = {"time": span(abs(left))}
    return format_html(
        '<span class="chip due {}">{}<span>{} <time datetime="{}" title="{}" data-due>{}</time>'
        "</span></span>",
        "bad" if left < 0 else "warn" if left < SOON else "",
        icon("clock", "micro"),
        _("Answer") if is_answer else _("Resolve"),
        ticket.due_at.isoformat(),
        date_format(localtime(ticket.due_at), "DATETIME_FORMAT"),
        _("%(time)s late") % told if left < 0 else _("in %(time)s") % told,
    )


@register.filter
def until(at: datetime) -> SafeString:
    """A moment with its day and time."""
    local = localtime(at)
    full = date_format(local, "DATETIME_FORMAT")
    short = date_format(local, "D j M, H:i")
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), full, short)


@register.filter
def state_chip(ticket: Ticket) -> SafeString:
    """The ticket's state: a hue, a picture and a word."""
    look, picture = STATE_LOOKS[Ticket.State(ticket.state)]
    label = ticket.get_state_display()
    if ticket.snoozed_until:
        is_near = ticket.snoozed_until - timezone.now() < timedelta(days=6)
        pattern = "D H:i" if is_near else "j M, H:i"
        label = _("Until %s") % date_format(localtime(ticket.snoozed_until), pattern)
    return format_html(
        '<span class="chip {}">{}<span>{}</span></span>', look, icon(picture, "micro"), label
    )


@register.filter
def department_chip(department: Department | None) -> SafeString:
    """The department by letter, hue and name; nothing yet is triage."""
    hue, name = (department.hue, department.name) if department else ("triage", _("Triage"))
    return format_html('<span class="chip hue hue-{}"><span>{}</span></span>', hue, name)


@register.filter
def meter(share: float) -> SafeString:
    """A bar that is `share` (0 to 1) full; the number stands beside it."""
    width = max(0.0, min(1.0, abs(share))) * 100
    return format_html(
        '<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="8" rx="2"/>'
        '<rect class="{}" width="{}" height="8" rx="2"/></svg>',
        "fill" if share >= 0 else "against",
        f"{width:.1f}",
    )


@register.filter
def percent(share: float) -> str:
    """A share (0 to 1) in per cent, with a decimal where it would otherwise be 0 or 100."""
    value = share * 100
    digits = 1 if 0 < value < 1 or 99 < value < 100 else 0
    return _("%s %%") % number_format(value, digits)


@register.filter
def viewing(people: Iterable[Any]) -> str:
    """Who else has the ticket on screen, in one sentence."""
    names = [str(getattr(p, "user", p)) for p in people]
    if len(names) > 3:
        names = [*names[:2], _("%(n)d others") % {"n": len(names) - 2}]
    who = _(" and ").join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
    return ngettext("%(who)s is viewing", "%(who)s are viewing", len(names)) % {"who": who}


@register.filter
def event_sentence(event: TicketEvent, people: Mapping[str, Mapping[int, str]]) -> str:
    """One line of the timeline in words."""
    return sentence_of(event, people)


@register.filter
def compact(number: int) -> str:
    """A number that fits: 950, 81k, 1.2M."""
    if number < 1_000:
        return str(number)
    if number < 1_000_000:
        return f"{number / 1_000:.3g}k"
    return f"{number / 1_000_000:.3g}M"


@register.filter
def language_label(code: str) -> str:
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


@register.filter
def joined(tags: Sequence[Tag]) -> str:
    return ", ".join(tag.name for tag in tags)


@register.filter
def name_of(user: User | None) -> str:
    return str(user) if user else _("a former colleague")
