"""Labels on tickets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts.models import User
from inbox.models import Tag, Ticket, TicketEvent
from inbox.services.conflicts import Refused
from inbox.services.swap import Expectation, fresh, record, take

MOST_TAGS = 20
LONGEST_TAG = 40


@transaction.atomic
def set_tags(
    *, ticket: Ticket, names: Sequence[str], by: User, expect: Expectation | None = None
) -> TicketEvent:
    """Replace the ticket's tags; unknown names become new tags."""
    wanted = _tidy(names)
    now = fresh(ticket, by=by, expect=expect)
    take(now, by=by)
    before = tag_names(now)
    if {n.lower() for n in before} == {n.lower() for n in wanted}:
        raise Refused(_("The ticket already has these tags."), field="tags")
    restore_tags(now, wanted)
    data = {"before": {"tags": before}, "after": {"tags": tag_names(now)}}
    ticket.is_touched = True
    kind = TicketEvent.Kind.TAGGED
    return record(ticket, by=by, kind=kind, data=data, came_from=now.department_id)


def tag_names(ticket: Ticket) -> list[str]:
    """The names of the ticket's tags, read from the database, in order."""
    return list(ticket.tags.order_by("name").values_list("name", flat=True))


def restore_tags(ticket: Ticket, names: Iterable[str]) -> None:
    """Give the ticket exactly these tags."""
    ticket.tags.set(_tags_named(list(names)))


def _tidy(names: Sequence[str]) -> list[str]:
    tidy: dict[str, str] = {}
    for name in names:
        clean = " ".join(name.replace("\0", "").split())
        if len(clean) > LONGEST_TAG:
            message = _("A tag has at most %(most)d characters.") % {"most": LONGEST_TAG}
            raise Refused(message, field="tags")
        if clean:
            tidy.setdefault(clean.lower(), clean)
    if len(tidy) > MOST_TAGS:
        raise Refused(_("At most %(most)d tags a ticket.") % {"most": MOST_TAGS}, field="tags")
    return list(tidy.values())


def _tags_named(names: list[str]) -> list[Tag]:
    if not names:
        return []
    known = Tag.objects.alias(low=Lower("name"))
    have = set(
        known.filter(low__in=[n.lower() for n in names]).values_list(Lower("name"), flat=True)
    )
    Tag.objects.bulk_create(
        (Tag(name=n) for n in names if n.lower() not in have), ignore_conflicts=True
    )
    return list(known.filter(low__in=[n.lower() for n in names]))
