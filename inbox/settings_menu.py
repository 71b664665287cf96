"""The side menu of the settings pages; whoever adds a page adds its line here."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.access import Access


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu. `icon` is the name of an outline heroicon."""

    label: str | Promise
    url_name: str
    icon: str
    admin_only: bool = True
    leads_too: bool = False


ENTRIES: list[Entry] = [
    Entry(_("Departments"), "accounts:departments", "building-office-2"),
    Entry(_("People"), "accounts:people", "users"),
    Entry(_("Skills"), "accounts:skills", "sparkles", leads_too=True),
    Entry(_("SLA policies"), "accounts:sla_policies", "clock"),
    Entry(_("Channels"), "inbox:channels", "signal"),
    Entry(_("Imports"), "inbox:imports", "arrow-up-tray"),
    Entry(_("Quarantine"), "inbox:quarantine", "shield-exclamation"),
    Entry(_("Routing rules"), "inbox:rules", "arrows-right-left", leads_too=True),
    Entry(_("Rehearsals"), "inbox:rehearsals", "play-circle", leads_too=True),
    Entry(_("Triage"), "inbox:triage_policy", "funnel"),
    Entry(_("Macros"), "publishing:macros", "bolt", leads_too=True),
    Entry(_("Signatures"), "publishing:signatures", "pencil-square", admin_only=False),
    Entry(_("Lessons"), "inbox:lessons", "academic-cap"),
    Entry(_("Router models"), "inbox:models", "cpu-chip"),
    Entry(_("Router health"), "inbox:router_health", "chart-bar"),
    Entry(_("Health"), "inbox:health", "heart"),
    Entry(_("Audit trail"), "accounts:audit", "clipboard-document-list"),
    Entry(_("API tokens"), "accounts:tokens", "key", admin_only=False),
]


def entries_for(access: Access) -> list[Entry]:
    """The lines of those who have this access; everybody has at least one."""
    return [
        entry
        for entry in ENTRIES
        if access.is_admin
        or not entry.admin_only
        or (entry.leads_too and access.led_department_ids)
    ]
