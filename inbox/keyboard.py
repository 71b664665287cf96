"""The keys of the workspace: one list for the dialog, the page and the manual."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Key:
    """One line: what it does, and the keys pressed one after the other."""

    label: str | Promise
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """Keys that belong together."""

    title: str | Promise
    keys: tuple[Key, ...]


GROUPS = (
    KeyGroup(
        _("Moving"),
        (
            Key(_("Next ticket"), ("J",)),
            Key(_("Previous ticket"), ("K",)),
            Key(_("Open ticket"), ("Enter",)),
            Key(_("Search"), ("/",)),
            Key(_("Search, even while typing"), ("Ctrl K",)),
            Key(_("Close a menu, leave a field"), ("Esc",)),
            Key(_("These keys"), ("?",)),
        ),
    ),
    KeyGroup(
        _("Working on a ticket"),
        (
            Key(_("Claim"), ("C",)),
            Key(_("Resolve, or re-open"), ("E",)),
            Key(_("Snooze"), ("Z",)),
            Key(_("Wait for an answer (pending)"), ("W",)),
            Key(_("Hand over"), ("H",)),
            Key(_("Hand over to a department"), ("1", "…", "9")),
            Key(_("Right department"), ("Y",)),
            Key(_("In triage: send to a department at once"), ("1", "…", "9")),
            Key(_("In triage: park as spam"), ("S",)),
            Key(_("Ask another department, or answer it"), ("Q",)),
            Key(_("As a lead: settle whose it is"), ("L",)),
            Key(_("Assign"), ("A",)),
            Key(_("Write a reply"), ("R",)),
            Key(_("Macros for the reply"), ("M",)),
            Key(_("Write a note"), ("N",)),
            Key(_("Tags"), ("T",)),
            Key(_("Priority"), ("P",)),
            Key(_("Send the reply or note"), ("Ctrl Enter",)),
            Key(_("Undo"), ("U",)),
        ),
    ),
    KeyGroup(
        _("Going to a queue"),
        (
            Key(_("Mine"), ("G", "M")),
            Key(_("Mentions"), ("G", "@")),
            Key(_("Consults"), ("G", "C")),
            Key(_("Unassigned"), ("G", "U")),
            Key(_("All departments"), ("G", "A")),
            Key(_("Triage"), ("G", "T")),
            Key(_("Snoozed"), ("G", "S")),
            Key(_("Resolved"), ("G", "R")),
            Key(_("A department, in the menu's order"), ("G", "1", "…", "9")),
        ),
    ),
)
