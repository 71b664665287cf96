"""Two people act on one ticket in the same moment, on real connections: one wins, one is told."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from accounts.models import Department, User
from inbox.models import Channel, HandOver, Ticket, TicketEvent
from inbox.services import swap, tickets
from inbox.services.conflicts import Conflict, Refused
from tests.factories import make_ticket

pytestmark = pytest.mark.django_db(transaction=True)
Departments = dict[str, Department]
Outcome = TicketEvent | Conflict | Refused


@pytest.fixture
def ticket(channel: Channel, departments: Departments) -> Ticket:
    return make_ticket(channel, departments["customer_service"])


def at_once(monkeypatch: pytest.MonkeyPatch, *actions: Callable[[], TicketEvent]) -> list[Outcome]:
    """Run `actions` on a connection each; all have read the ticket before any writes it."""
    have_read = Barrier(len(actions))
    outcomes: list[Outcome] = []
    take = swap.take

    def take_together(now: Ticket, *, by: User, **changes: Any) -> None:
        have_read.wait(timeout=10)
        take(now, by=by, **changes)

    for module in ("swap", "undo", "tags"):
        monkeypatch.setattr(f"inbox.services.{module}.take", take_together)

    def run(action: Callable[[], TicketEvent]) -> None:
        try:
            outcomes.append(action())
        except (Conflict, Refused) as reason:
            outcomes.append(reason)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(outcomes) == len(actions)
    return outcomes


def copy(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def split(outcomes: list[Outcome]) -> tuple[TicketEvent, Conflict]:
    (won,) = [o for o in outcomes if isinstance(o, TicketEvent)]
    (lost,) = [o for o in outcomes if isinstance(o, Conflict)]
    return won, lost


def test_two_claim(
    ticket: Ticket, agent: User, colleague: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = copy(ticket), copy(ticket)
    won, lost = split(
        at_once(
            monkeypatch,
            lambda: tickets.claim(ticket=mine, by=agent),
            lambda: tickets.claim(ticket=theirs, by=colleague),
        )
    )
    assert copy(ticket).assignee == won.actor
    assert lost.message == f"{won.actor} claimed this ticket just now."
    assert lost.ticket is not None
    assert lost.ticket.assignee == won.actor
    assert ticket.events.count() == 1


def test_one_claims_while_one_hands_over(
    ticket: Ticket,
    agent: User,
    colleague: User,
    departments: Departments,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine, theirs = copy(ticket), copy(ticket)
    won, lost = split(
        at_once(
            monkeypatch,
            lambda: tickets.claim(ticket=mine, by=agent),
            lambda: tickets.hand_over(
                ticket=theirs, to=departments["hr"], by=colleague, reason="Job"
            ),
        )
    )
    now = copy(ticket)
    if won.kind == "claimed":
        assert (now.department, now.assignee) == (departments["customer_service"], agent)
        assert not HandOver.objects.exists()
    else:
        assert (now.department, now.assignee) == (departments["hr"], None)
        assert lost.ticket is None


def test_two_resolve(
    ticket: Ticket, agent: User, colleague: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = copy(ticket), copy(ticket)
    won, lost = split(
        at_once(
            monkeypatch,
            lambda: tickets.resolve(ticket=mine, by=agent),
            lambda: tickets.resolve(ticket=theirs, by=colleague),
        )
    )
    assert f"{won.actor} resolved this ticket" in lost.message
    assert ticket.events.count() == 1


def test_one_undoes_while_another_acts(
    ticket: Ticket, agent: User, colleague: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = tickets.set_pending(ticket=ticket, by=agent)
    theirs = copy(ticket)
    won, _lost = split(
        at_once(
            monkeypatch,
            lambda: tickets.undo(event_id=event.pk, by=agent),
            lambda: tickets.resolve(ticket=theirs, by=colleague),
        )
    )
    assert copy(ticket).state == ("open" if won.kind == "undone" else "resolved")


def test_one_undo_pressed_twice(
    ticket: Ticket, agent: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = tickets.set_priority(ticket=ticket, priority=3, by=agent)
    split(
        at_once(
            monkeypatch,
            lambda: tickets.undo(event_id=event.pk, by=agent),
            lambda: tickets.undo(event_id=event.pk, by=agent),
        )
    )
    assert ticket.events.filter(kind="undone").count() == 1


def test_two_set_tags_and_both_are_written_down(
    ticket: Ticket, agent: User, colleague: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = copy(ticket), copy(ticket)
    at_once(
        monkeypatch,
        lambda: tickets.set_tags(ticket=mine, names=["a", "new"], by=agent),
        lambda: tickets.set_tags(ticket=theirs, names=["b", "new"], by=colleague),
    )
    first, last = ticket.events.order_by("pk")
    assert last.data["before"] == first.data["after"]
    assert last.data["after"]["tags"] == [t.name for t in ticket.tags.all()]
