"""Browsers hear of every ticket that opened, changed or moved, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from accounts.models import Department
from inbox import live
from inbox.models import Channel, Ticket
from inbox.services.receive import receive
from tests.inbox.receive.conftest import own, post, reactions

pytestmark = pytest.mark.django_db
Change = tuple[int, int | None, int | None]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Change]:
    """What is announced from now on."""
    changes: list[Change] = []

    def messages(rows: Iterable[Change], *, kind: str) -> list[dict[str, object]]:
        assert kind == "post"
        changes.extend(rows)
        return []

    monkeypatch.setattr(live, "messages", messages)
    return changes


def test_new_ticket_is_announced_to_its_department_alone(
    channel: Channel, heard: list[Change], departments: dict[str, Department]
) -> None:
    receive(channel, [post("a")])
    here = departments["customer_service"].pk
    assert heard == [(Ticket.objects.get().pk, here, here)]


def test_reply_and_reactions_are_announced_once_a_ticket(
    channel: Channel, heard: list[Change]
) -> None:
    receive(channel, [post("a")])
    heard.clear()
    receive(
        channel, [post("b", under="a", at=1), own("c", under="a", at=2), reactions("a", like=1)]
    )
    assert len(heard) == 1


def test_merged_tickets_are_announced_where_they_were_and_where_they_are(
    channel: Channel, heard: list[Change], departments: dict[str, Department]
) -> None:
    receive(channel, [post("b", "A boycott!", under="a", at=1), post("c", under="a", at=2)])
    boycott, parcel = Ticket.objects.order_by("pk").values_list("pk", flat=True)
    heard.clear()
    receive(channel, [post("a", "Is the job open?")])
    pr, service, hr = (departments[slug].pk for slug in ("pr", "customer_service", "hr"))
    assert sorted(heard) == [(boycott, hr, pr), (parcel, hr, service)]


def test_own_post_at_the_top_is_announced_to_nobody(channel: Channel, heard: list[Change]) -> None:
    receive(channel, [own("news")])
    assert heard == []
