"""What the three panes need in common: the queue, its filters, its page of tickets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import access_of
from accounts.models import User
from inbox.drafts import drafted_by
from inbox.forms.filters import FilterForm
from inbox.models import Channel, Tag, Ticket
from inbox.queries import TicketFilter, TicketPage, page_of, queue_counts
from inbox.views.queues import Navigation, Queue, navigation_of
from routing.models import Incident

FILTERS = (
    *("state", "channel", "assignee", "language", "tag", "since", "until"),
    *("overdue", "incident"),
)
ORDERS = {
    "newest": _("Newest"),
    "oldest": _("Oldest"),
    "priority": _("Most urgent"),
    "due": _("Due soonest"),
}


class PersonRequest(HttpRequest):
    """A request that has passed `login_required`."""

    user: User
    htmx: Any


@dataclass(frozen=True, slots=True)
class Chip:
    """One active filter and the address without it."""

    label: str
    url: str
    remove: str


class Desk:
    """One person's view of one queue, read from the address of the page."""

    def __init__(self, request: PersonRequest, slug: str, *, strict: bool = True) -> None:
        self.request, self.user = request, request.user
        self.started_at_ms = int(time.time() * 1000)
        names = navigation_of(self.user, None)
        if names.queue(slug) is None:
            if strict:
                raise Http404(_("There is no such queue for you."))
            slug = "all"
        self.slug = slug
        self.pairs = [(n, v) for n in (*FILTERS, "order") if (v := request.GET.get(n, "").strip())]
        self.filter = self._filter()

    @cached_property
    def navigation(self) -> Navigation:
        return navigation_of(self.user, queue_counts(self.user))

    @cached_property
    def queue(self) -> Queue:
        found = self.navigation.queue(self.slug)
        assert found is not None  # noqa: S101 - looked up when the desk was made
        return found

    @cached_property
    def page(self) -> TicketPage:
        return page_of(self.user, self.filter, after=self.request.GET.get("after", ""))

    @property
    def list_query(self) -> str:
        """The list as parameters of another page's address."""
        return urlencode([("q", self.slug), *self.pairs])

    @property
    def list_url(self) -> str:
        return self._url(self.pairs)

    def _filter(self) -> TicketFilter:
        given = dict(self.pairs)
        if given.get("assignee") == "me":
            given["assignee"] = str(self.user.pk)
        # A label is asked for by name; one that does not exist matches nothing.
        if name := given.pop("tag", ""):
            given["tag"] = str(self._tag_id(name))
        return TicketFilter.parse(given, queue=self.slug)

    @staticmethod
    def _tag_id(name: str) -> int:
        tag = Tag.objects.filter(name__iexact=name.replace("\0", "")).first()
        return tag.pk if tag else 0

    def _url(self, pairs: list[tuple[str, str]]) -> str:
        return f"{self.queue.url}?{urlencode(pairs)}" if pairs else self.queue.url

    def chips(self) -> Iterator[Chip]:
        """The active filters, each with a way to take it off."""
        for name, value in self.pairs:
            if name == "order":
                continue
            label = self._label(name, value)
            rest = [pair for pair in self.pairs if pair[0] != name]
            yield Chip(label, self._url(rest), _("Remove filter %s") % label)

    def _label(self, name: str, value: str) -> str:
        match name:
            case "state":
                return FilterForm.states().get(value, value)
            case "channel" if value.isdigit() and len(value) < 10:
                return str(Channel.objects.filter(pk=int(value)).first() or value)
            case "assignee":
                return FilterForm.assignee_label(value)
            case "language":
                return FilterForm.languages().get(value, value)
            case "incident" if value.isdigit() and len(value) < 10:
                return str(Incident.objects.filter(pk=int(value)).first() or value)
            case "overdue":
                return _("overdue")
            case "since":
                return _("since %s") % value
            case "until":
                return _("until %s") % value
        return _("tag: %s") % value if name == "tag" else value

    def context(self, ticket: Ticket | None = None) -> dict[str, Any]:
        """What the template of the three panes draws."""
        pairs = [*self.pairs, ("after", self.page.next)]
        return {
            "nav": self.navigation,
            "queue": self.queue,
            "filter": self.filter,
            "filter_pairs": self.pairs,
            "filter_chips": list(self.chips()),
            "filters_url": f"{reverse('inbox:filters', args=[self.slug])}?{urlencode(self.pairs)}",
            "orders": list(ORDERS.items()),
            "page": self.page,
            "more_url": self._url(pairs),
            "list_query": self.list_query,
            "back_url": self.list_url,
            "since": self.started_at_ms,
            "ticket": ticket,
            "words": row_words(),
            "drafts": drafted_by(self.user, [row.pk for row in self.page.rows]),
            "may_write": access_of(self.user).can_write,
        }


def row_words() -> dict[str, str]:
    """Words of a list row, looked up once a page instead of once a row."""
    return {
        "unread": _("new"),
        "private": _("Private"),
        "answered": _("Answered"),
        "me": _("Me"),
        "asked": _("Asked"),
        "draft": _("Draft"),
        "drafted": _("you have an unsent draft"),
        "bouncing": _("Back and forth"),
        "no_text": _("No text"),
        "unknown": _("Unknown"),
        **{f"priority_{value}": str(label) for value, label in Ticket.Priority.choices},
    }
