"""The words of a macro: plain text with a few variables in double braces.

`{{ contact.first_name }}` becomes the contact's first name, `{{ contact.first_name | there }}` says
"there" when it is not known. Nothing else is understood, so that a macro can compute nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

VARIABLES: dict[str, Promise | str] = {
    "contact.name": gettext_lazy("their name"),
    "contact.first_name": gettext_lazy("their first name"),
    "contact.handle": gettext_lazy("their handle, with @"),
    "ticket.reference": gettext_lazy("the ticket's number, as #123"),
    "agent.name": gettext_lazy("your name"),
    "agent.first_name": gettext_lazy("your first name"),
    "department.name": gettext_lazy("the department"),
    "channel.name": gettext_lazy("the page that speaks"),
    "channel.network": gettext_lazy("the network"),
}
_SLOT = re.compile(r"\{\{([^{}]*)\}\}")


@dataclass(frozen=True, slots=True)
class Filled:
    """A macro's words for one ticket; `missing` are the variables nothing was known for.

    Their slots stay in the text, for the agent to write over.
    """

    text: str
    missing: tuple[str, ...] = ()


def faults_in(text: str) -> list[str]:
    """What is wrong with a macro's text, each as a sentence for the person who edits it."""
    found = []
    for slot in _SLOT.findall(text):
        name, _bar, _fallback = _parts(slot)
        if name not in VARIABLES:
            found.append(_unknown(name))
    rest = _SLOT.sub("", text)
    if "{{" in rest:
        found.append(_("A variable is opened with {{ and not closed with }}."))
    if "}}" in rest:
        found.append(_("A }} closes no variable: there is no {{ before it."))
    return list(dict.fromkeys(found))


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Put `values` into `text`, once: what they hold is never read as a variable."""
    missing: dict[str, None] = {}

    def word(match: re.Match[str]) -> str:
        name, bar, fallback = _parts(match[1])
        if found := values.get(name, ""):
            return found
        if bar:
            return fallback
        missing[name] = None
        return match[0]

    return Filled(_SLOT.sub(word, text), tuple(missing))


def left_open(text: str) -> list[str]:
    """The variables that still stand in a reply as they stood in a macro."""
    names = [_parts(slot)[0] for slot in _SLOT.findall(text)]
    return list(dict.fromkeys(name for name in names if name in VARIABLES))


def _parts(slot: str) -> tuple[str, str, str]:
    name, bar, fallback = slot.partition("|")
    return name.strip(), bar, fallback.strip()


def _unknown(name: str) -> str:
    near = get_close_matches(name, VARIABLES, n=1)
    if near:
        told = {"name": name, "near": near[0]}
        return _("There is no variable “%(name)s”. Did you mean “%(near)s”?") % told
    return _("There is no variable “%(name)s”.") % {"name": name[:60]}
