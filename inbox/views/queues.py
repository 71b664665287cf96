"""The left pane: which queues this person has, their names, what they say when empty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Access, access_of, departments_of
from accounts.models import Department, User
from inbox.queries import QueueCounts

DONE = gettext_lazy("All done here")
BY_THEMSELVES = gettext_lazy("New posts appear by themselves.")


@dataclass(frozen=True, slots=True)
class Queue:
    """One line of the left pane, and the words of its page."""

    slug: str
    title: str | Promise
    icon: str = ""
    letter: str = ""
    hue: str = ""
    is_confidential: bool = False
    count: int | None = None
    empty_icon: str = "inbox"
    empty_title: str | Promise = DONE
    empty_hint: str | Promise = BY_THEMSELVES
    empty_queue: str = ""
    empty_action: str | Promise = ""

    @property
    def url(self) -> str:
        return reverse("inbox:queue", args=[self.slug])

    @property
    def empty_url(self) -> str:
        return reverse("inbox:queue", args=[self.empty_queue]) if self.empty_queue else ""


MINE = Queue(
    "mine",
    gettext_lazy("Mine"),
    "user",
    empty_title=gettext_lazy("You have no tickets"),
    empty_hint=gettext_lazy("Claim one that nobody has: open it and press C."),
    empty_queue="unassigned",
    empty_action=gettext_lazy("Show unassigned tickets"),
)
MENTIONS = Queue(
    "mentions",
    gettext_lazy("Mentions"),
    "at-symbol",
    empty_icon="at-symbol",
    empty_title=gettext_lazy("Nobody mentioned you yet"),
    empty_hint=gettext_lazy("When a colleague writes your @handle in a note, the ticket is here."),
)
CONSULTS = Queue(
    "consults",
    gettext_lazy("Consults"),
    "question-mark-circle",
    empty_icon="question-mark-circle",
    empty_title=gettext_lazy("Nobody asks you"),
    empty_hint=gettext_lazy(
        "When another department, a rule or the router wants to know what yours says about a "
        "ticket, it is here until somebody answers."
    ),
)
UNASSIGNED = Queue(
    "unassigned",
    gettext_lazy("Unassigned"),
    "hand-raised",
    empty_title=gettext_lazy("Everything is taken"),
    empty_hint=gettext_lazy("Each open ticket of your departments has somebody who works on it."),
    empty_queue="all",
    empty_action=gettext_lazy("Show all open tickets"),
)
ALL = Queue("all", gettext_lazy("All open"), "inbox-stack")
TRIAGE = Queue(
    "triage",
    gettext_lazy("Triage"),
    letter="?",
    hue="triage",
    empty_title=gettext_lazy("Nothing to sort"),
    empty_hint=gettext_lazy("Everything is sorted. What the router is unsure of waits here."),
)
SNOOZED = Queue(
    "snoozed",
    gettext_lazy("Snoozed"),
    "clock",
    empty_icon="clock",
    empty_title=gettext_lazy("Nothing is snoozed"),
    empty_hint=gettext_lazy("Press Z on a ticket to bring it back later."),
)
RESOLVED = Queue(
    "resolved",
    gettext_lazy("Resolved"),
    "check-circle",
    empty_icon="check-circle",
    empty_title=gettext_lazy("Nothing is resolved yet"),
    empty_hint=gettext_lazy("Press E on a ticket when its work is done; it moves here."),
)


@dataclass(frozen=True, slots=True)
class Group:
    """Queues under one heading."""

    title: str
    items: tuple[Queue, ...]


@dataclass(frozen=True, slots=True)
class Navigation:
    """Everything in the left pane, and the departments it was made of."""

    groups: tuple[Group, ...]
    departments: tuple[Department, ...]
    confidential: str

    @property
    def queues(self) -> Iterator[Queue]:
        for group in self.groups:
            yield from group.items

    @property
    def bottom(self) -> list[Queue]:
        """What fits in a phone's bottom bar."""
        mine, mentions, _consults, unassigned, *_rest = self.groups[0].items
        return [mine, unassigned, replace(mentions, icon="at-symbol"), _All(), _Find()]

    def queue(self, slug: str) -> Queue | None:
        return next((queue for queue in self.queues if queue.slug == slug), None)


class _All(Queue):
    """The phone's page of all queues."""

    def __init__(self) -> None:
        super().__init__("queues", _("Queues"), "queue-list")

    @property
    def url(self) -> str:
        return reverse("inbox:queues")


class _Find(Queue):
    """Search, where the phone has no room for areas."""

    def __init__(self) -> None:
        super().__init__("search", _("Search"), "magnifying-glass")

    @property
    def url(self) -> str:
        return reverse("inbox:search")


def navigation_of(user: User, counts: QueueCounts | None) -> Navigation:
    """The queues `user` may open, with their numbers; without `counts` no numbers."""
    access = access_of(user)
    departments = tuple(d for d in departments_of(user) if d.is_active)
    own = [_of_department(d, counts) for d in departments if access.sees(d.pk)]
    if access.can_see_triage:
        own.append(replace(TRIAGE, count=counts.triage if counts else None))
    first = [
        replace(MINE, count=counts.mine if counts else None),
        replace(MENTIONS, count=counts.mentions if counts else None),
        replace(CONSULTS, count=counts.consults if counts else None),
        replace(UNASSIGNED, count=counts.unassigned if counts else None),
        replace(ALL, count=counts.all if counts else None),
    ]
    later = [replace(SNOOZED, count=counts.snoozed if counts else None), RESOLVED]
    groups = (
        Group("", tuple(first)),
        Group(_("Departments"), tuple(own)),
        Group(_("Later and done"), tuple(later)),
    )
    return Navigation(groups, departments, _("confidential"))


def _of_department(department: Department, counts: QueueCounts | None) -> Queue:
    return Queue(
        department.slug,
        department.name,
        letter=department.letter,
        hue=department.hue,
        is_confidential=department.is_confidential,
        count=counts.departments.get(department.slug) if counts else None,
        empty_title=_("%s has answered everything") % department.name,
    )


def home_queue(access: Access, departments: tuple[Department, ...]) -> str:
    """The slug where a working day begins: one's own department, else everything."""
    home = (d.slug for d in departments if d.pk in access.home_department_ids)
    return next(home, "all")
