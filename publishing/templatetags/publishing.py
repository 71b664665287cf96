"""Words of the publishing room's pages."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from inbox.models import Post
from routing import labels

register = template.Library()
BEGINNING = 60


@register.filter
def topic_label(slug: str) -> str:
    """The name of a topic, or nothing."""
    return labels.topic_name(slug) if slug else ""


@register.filter
def answer_label(post: Post) -> str:
    """One post among those that can be answered: who, when, and how it begins."""
    told = {
        "name": _("our page") if post.is_own else str(post.contact or _("Unknown")),
        "at": date_format(localtime(post.posted_at), "j M, H:i"),
        "text": Truncator(" ".join(post.text.split())).chars(BEGINNING) or _("no text"),
        "private": _(" (private)") if post.is_private else "",
    }
    return _("%(name)s%(private)s, %(at)s: %(text)s") % told


@register.filter
def handle_list(handles: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """The people of a thread, for the suggestions."""
    return [{"handle": handle, "name": name} for handle, name in handles]
