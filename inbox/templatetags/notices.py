"""The bell, and what stands in its list."""

from __future__ import annotations

from django import template
from django.template import Context

from inbox import notice_words
from inbox.queries.notices import Told, unread_of

register = template.Library()


@register.simple_tag(takes_context=True)
def unread_notices(context: Context) -> int:
    """How many notices the person has not read, up to 99."""
    return unread_of(context["request"].user)


@register.filter
def notice_sentence(told: Told) -> str:
    return notice_words.sentence_of(told)


@register.filter
def notice_detail(told: Told) -> str:
    return notice_words.detail_of(told)


@register.filter
def notice_url(told: Told) -> str:
    return notice_words.url_of(told)


@register.filter
def notice_icon(told: Told) -> str:
    return notice_words.icon_of(told)
