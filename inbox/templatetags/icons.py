"""Heroicons, drawn once a process: a list page shows two hundred of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from django import template
from django.utils.safestring import SafeString, mark_safe
from heroicons.templatetags import heroicons

register = template.Library()
DRAWERS: dict[str, Callable[..., str]] = {
    "micro": heroicons.heroicon_micro,
    "mini": heroicons.heroicon_mini,
    "outline": heroicons.heroicon_outline,
}


@register.simple_tag
def icon(name: str, style: str = "mini", label: str = "", css_class: str = "") -> SafeString:
    """An icon of heroicons; silent for screen readers unless it has a `label`."""
    return _drawn(str(name), style, str(label), css_class)


@lru_cache(maxsize=512)
def _drawn(name: str, style: str, label: str, css_class: str) -> SafeString:
    attributes = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    if css_class:
        attributes["class"] = css_class
    # The drawer escapes every attribute; the icons come from the package.
    return mark_safe(DRAWERS[style](name, **attributes))  # noqa: S308
