"""What every page's frame needs: areas, menus, messages with an undo, words for the scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.access import access_of
from inbox.keyboard import GROUPS, KeyGroup
from inbox.settings_menu import entries_for

register = template.Library()
UNDO = "undo-"


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a menu, resolved for this request."""

    label: str | Promise
    url: str
    icon: str = ""
    is_current: bool = False
    is_page: bool = False


@register.filter
def broken(label: str) -> SafeString:
    """A label that machines know, which breaks between its words rather than inside one."""
    words = ((word,) for word in label.split("_"))
    return format_html_join(mark_safe("_<wbr>"), "{}", words)


@register.simple_tag
def shell_url(name: str, *args: Any) -> str:
    """The address of a page, or "/" while an error page is drawn outside the URL map."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return "/"


def _link(label: str | Promise, name: str, icon: str, path: str) -> Link | None:
    try:
        url = reverse(name)
    except NoReverseMatch:
        return None
    is_current = path == url or (url != "/" and path.startswith(url))
    return Link(label, url, icon, is_current=is_current, is_page=path == url)


@register.simple_tag(takes_context=True)
def settings_entries(context: Context) -> list[Link]:
    """The settings pages this person may open."""
    request: HttpRequest = context["request"]
    found = (
        _link(entry.label, entry.url_name, entry.icon, request.path)
        for entry in entries_for(access_of(request.user))
    )
    return [link for link in found if link]


def is_in_settings(path: str) -> bool:
    """Whether a page belongs to the settings, even one that no line of their menu leads to."""
    prefix = shell_url("accounts:departments").removesuffix("departments/")
    return prefix != "/" and path.startswith(prefix)


@register.simple_tag(takes_context=True)
def areas(context: Context) -> list[Link]:
    """The top bar's areas: the inbox and, for those who have one, the first settings page."""
    request: HttpRequest = context["request"]
    entries = settings_entries(context)
    in_settings = is_in_settings(request.path)
    links = [Link(_("Inbox"), shell_url("inbox:home"), is_current=not in_settings)]
    if entries:
        first = entries[0]
        is_page = request.path == first.url
        links.append(Link(_("Settings"), first.url, is_current=in_settings, is_page=is_page))
    return links


@register.simple_tag(takes_context=True)
def user_menu(context: Context) -> list[Link]:
    """What the menu behind one's own initials offers."""
    path = context["request"].path
    # A phone has no room for areas, so that settings are here too.
    settings = settings_entries(context)[:1]
    found = [
        *(Link(_("Settings"), entry.url, "cog-6-tooth") for entry in settings),
        _link(_("Your profile"), "accounts:profile", "user-circle", path),
        _link(_("Incidents"), "inbox:incidents", "bolt", path),
        _link(_("What I handed over"), "inbox:receipts", "arrow-uturn-right", path),
        _link(_("Keyboard"), "inbox:keyboard", "command-line", path),
    ]
    return [link for link in found if link]


@register.simple_tag
def key_groups() -> tuple[KeyGroup, ...]:
    """The keys, for the dialog and the page."""
    return GROUPS


@register.filter
def undo_id(message: Message) -> str:
    """The event a message offers to undo, or nothing."""
    tags = (message.extra_tags or "").split()
    return next((tag.removeprefix(UNDO) for tag in tags if tag.startswith(UNDO)), "")


@register.simple_tag
def shell_strings() -> dict[str, str]:
    """Every sentence the scripts may say, in the reader's language."""
    return {
        "lost": _("Connection lost, trying again…"),
        "back": _("Back online, everything is up to date."),
        "polling": _("Live updates are unavailable; looking every 15 seconds."),
        "dismiss": _("Dismiss"),
        "failed": _("That did not work. Check your connection and try again."),
        "failed_server": _("The server could not do that. Reload the page and try again."),
        "gone": _("You can no longer see this ticket; it may have moved to another department."),
        "signed_out": _("You were signed out. Reload the page to sign in again."),
        "new_one": _("1 new ticket"),
        "new_many": _("%s new tickets"),
        "changed": _("The ticket changed."),
        "new_entries": _("New in this conversation"),
        "theme_system": _("System"),
        "theme_light": _("Light"),
        "theme_dark": _("Dark"),
        "now": _("now"),
        "minutes": _("%s min"),
        "hours": _("%s h"),
        "days": _("%s d"),
        "due_in": _("in %s"),
        "late": _("%s late"),
        "suggested": _("%s people found, arrow keys choose"),
        "suggestions": _("%s found, arrow keys choose"),
        "too_long": _("%s too long"),
        "draft_waits": _("Not saved yet: trying again…"),
        "draft_changed": _("This draft was changed elsewhere meanwhile. There it says:"),
        "draft_gone": _("Elsewhere, this draft was sent or discarded meanwhile."),
        "draft_take_theirs": _("Take that"),
        "draft_keep_mine": _("Keep mine"),
        "draft_drop_mine": _("Discard mine"),
        "macro_asks": _("Fill in: %s"),
        "uploading": _("Adding the picture: %s %"),
        "uploaded": _("The picture is added."),
        "too_large": _("This file is too large."),
        "draft_kept": _("Your unsent note was kept."),
    }
