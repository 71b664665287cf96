"""Who is looking."""

from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import Mock, patch

import pytest
from django.utils import timezone

from accounts.models import Department, User
from inbox.models import Channel, Presence, Ticket
from inbox.services import presence
from tests.factories import make_ticket


@pytest.fixture
def told() -> Iterator[Mock]:
    with patch("inbox.live.publish") as publish:
        yield publish


@pytest.fixture
def ticket(channel: Channel, departments: dict[str, Department]) -> Ticket:
    return make_ticket(channel, departments["customer_service"])


def test_browsers_hear_of_who_comes_and_goes_only(ticket: Ticket, agent: User, told: Mock) -> None:
    came = [presence.see(ticket=ticket, user=agent) for _ in range(3)]
    Presence.objects.update(seen_at=timezone.now() - timedelta(seconds=20))
    came.append(presence.see(ticket=ticket, user=agent))
    left = [presence.leave(ticket=ticket, user=agent) for _ in range(2)]

    assert (came, left) == ([True, False, False, False], [True, False])
    assert [call.kwargs for call in told.mock_calls] == [{"kind": "presence"}] * 2


def test_who_has_not_been_heard_of_is_not_shown(
    ticket: Ticket, agent: User, colleague: User, told: Mock
) -> None:
    presence.see(ticket=ticket, user=agent)
    presence.see(ticket=ticket, user=colleague)
    Presence.objects.filter(user=colleague).update(seen_at=timezone.now() - timedelta(seconds=46))

    assert presence.who(ticket=ticket) == [agent]
    assert presence.who(ticket=ticket, besides=agent) == []
    assert presence.see(ticket=ticket, user=colleague) is True


def test_rows_that_mean_nothing_are_swept(ticket: Ticket, agent: User, told: Mock) -> None:
    presence.see(ticket=ticket, user=agent)
    assert presence.forget_absent() == 0
    Presence.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    assert presence.forget_absent() == 1


def test_a_beat_a_moment_ago_costs_one_read(
    ticket: Ticket, agent: User, told: Mock, django_assert_num_queries: object
) -> None:
    presence.see(ticket=ticket, user=agent)
    with django_assert_num_queries(3):  # type: ignore[operator]  # savepoint, read, release
        presence.see(ticket=ticket, user=agent)
