"""Who hears what, coalesced and bounded."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from accounts.access import NOTHING, Access
from inbox.live_server.hub import CLOCK_SLACK_MS, MESSAGES_KEPT, MOST_PENDING, Client, Hub
from inbox.live_server.messages import Message
from inbox.live_server.viewers import Viewer

SERVICE, PR, HR = 1, 2, 4
AGENT = Access(visible_department_ids=frozenset({SERVICE, PR}))
HR_PARTNER = Access(visible_department_ids=frozenset({SERVICE, PR, HR}))
START = 1_000_000


class Clock:
    """Milliseconds that pass when told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock: Clock) -> Hub:
    return Hub(clock)


def join(hub: Hub, access: Access = AGENT, user: int = 1, ticket: int | None = None) -> Client:
    client = Client(Viewer(user, f"session{user}", "mark", access), ticket)
    hub.join(client)
    return client


def said(kind: str, *changes: tuple[int, int | None, int | None]) -> Message:
    return Message(kind, changes)


def heard(client: Client) -> list[dict[str, Any]]:
    text = client.take(mark="1-x")
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


def test_a_notice_reaches_only_whom_it_is_for(hub: Hub) -> None:
    mine, other = join(hub, user=1), join(hub, user=2)
    message = Message("notice", (), frozenset({1}))
    hub.deliver(message)
    hub.deliver(message)
    assert heard(mine) == [{"k": "notice", "t": []}]
    assert heard(other) == []
    assert heard(mine) == []


def test_a_notice_missed_meanwhile_leads_to_a_resync(hub: Hub, clock: Clock) -> None:
    mine, other = join(hub, user=1), join(hub, user=2)
    before = hub.mark()
    clock.now += 10
    hub.deliver(Message("notice", (), frozenset({1})))
    assert hub.has_missed(mine, before)
    assert not hub.has_missed(other, before)


def test_message_reaches_those_who_may_see_the_department(hub: Hub) -> None:
    agent, partner = join(hub), join(hub, HR_PARTNER, user=2)
    hub.deliver(said("post", (7, HR, HR)))
    assert not agent.wake.is_set()
    assert heard(agent) == []
    assert heard(partner) == [{"k": "post", "t": [[7, HR, HR]]}]


def test_changes_of_one_ticket_are_joined_and_keep_where_it_came_from(hub: Hub) -> None:
    client = join(hub)
    hub.deliver(said("action", (7, PR, SERVICE)))
    hub.deliver(said("action", (7, PR, PR), (8, PR, PR)))
    hub.deliver(said("post", (7, PR, PR)))
    assert heard(client) == [
        {"k": "action", "t": [[7, PR, SERVICE], [8, PR, PR]]},
        {"k": "post", "t": [[7, PR, PR]]},
    ]
    assert heard(client) == []


def test_presence_is_for_those_who_look_at_the_ticket(hub: Hub) -> None:
    looking, elsewhere = join(hub, ticket=7), join(hub, ticket=8, user=2)
    hub.deliver(said("presence", (7, SERVICE, SERVICE)))
    assert heard(looking)
    assert heard(elsewhere) == []


def test_browser_that_falls_behind_fetches_anew(hub: Hub) -> None:
    client = join(hub)
    for n in range(MOST_PENDING + 1):
        hub.deliver(said("post", (n, SERVICE, SERVICE)))
    assert heard(client) == [{"reason": "behind"}]
    hub.deliver(said("post", (1, SERVICE, SERVICE)))
    assert len(heard(client)) == 1


def test_revoked_rights_end_the_stream_and_what_waited_is_not_told(hub: Hub) -> None:
    client = join(hub, HR_PARTNER)
    hub.deliver(said("post", (7, HR, HR)))
    hub.renew({client.viewer: None})
    assert heard(client) == [{"reason": "signed-out"}]
    hub.deliver(said("post", (8, HR, HR)))
    assert heard(client) == [{"reason": "signed-out"}]


def test_smaller_rights_hold_for_what_waits_and_what_comes(hub: Hub) -> None:
    client = join(hub, HR_PARTNER)
    hub.deliver(said("post", (7, HR, HR)))
    hub.renew({client.viewer: AGENT})
    assert heard(client) == [{"reason": "access"}]
    hub.deliver(said("post", (8, HR, HR)))
    assert heard(client) == []
    hub.deliver(said("post", (9, PR, PR)))
    assert len(heard(client)) == 1


def test_same_rights_disturb_nobody(hub: Hub) -> None:
    client = join(hub)
    hub.renew({client.viewer: AGENT})
    assert heard(client) == []


def test_leaving_leaves_nothing_behind(hub: Hub) -> None:
    first, second = join(hub), join(hub)
    assert (len(hub), hub.streams_of(1)) == (2, 2)
    hub.leave(first)
    hub.leave(second)
    assert (len(hub), hub.streams_of(1), hub.clients) == (0, 0, [])


def test_browser_that_was_away_has_missed_only_what_it_may_see(hub: Hub, clock: Clock) -> None:
    client = join(hub)
    mark = hub.mark()
    clock.now += 5
    hub.deliver(said("post", (7, HR, HR)))
    assert not hub.has_missed(client, mark)
    hub.deliver(said("post", (8, SERVICE, SERVICE)))
    assert hub.has_missed(client, mark)
    clock.now += 1
    assert not hub.has_missed(client, hub.mark())


def test_page_made_before_the_message_has_missed_it(hub: Hub, clock: Clock) -> None:
    client = join(hub)
    clock.now += 10 * CLOCK_SLACK_MS
    hub.deliver(said("post", (8, SERVICE, SERVICE)))
    clock.now += 10 * CLOCK_SLACK_MS
    assert hub.has_missed(client, str(clock.now - 15 * CLOCK_SLACK_MS))
    assert not hub.has_missed(client, str(clock.now))


@pytest.mark.parametrize("mark", ["x", "", "-", "9" * 400 + "x", "-5-a"])
def test_nonsense_mark_has_missed_everything(hub: Hub, mark: str) -> None:
    assert hub.has_missed(join(hub), mark)


def test_nothing_is_known_from_before_the_process_or_a_lost_connection(
    hub: Hub, clock: Clock
) -> None:
    client = join(hub)
    assert hub.has_missed(client, str(START - 1))
    mark = hub.mark()
    clock.now += 10
    hub.lost_track()
    assert heard(client) == [{"reason": "reconnected"}]
    assert hub.has_missed(client, mark)


def test_memory_of_messages_is_bounded_and_knows_its_end(hub: Hub, clock: Clock) -> None:
    client = join(hub)
    mark = hub.mark()
    for _ in range(MESSAGES_KEPT + 1):
        clock.now += 1
        hub.deliver(said("post", (7, HR, HR)))
    assert hub.has_missed(client, mark)


def test_stopping_ends_every_stream_without_a_word(hub: Hub) -> None:
    client = join(hub, NOTHING)
    hub.close()
    assert hub.is_closed
    assert client.end == ""
    assert asyncio.run(asyncio.wait_for(client.wake.wait(), 1))
