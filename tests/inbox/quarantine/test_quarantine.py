"""What could not be taken in, and getting it in after all."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from inbox.connectors.types import ParseError
from inbox.models import Channel, Post, QuarantinedPayload
from inbox.services import quarantine
from inbox.services.conflicts import Refused
from inbox.services.quarantine import Unreadable

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]

GOOD = {"external_id": "q1", "text": "Stale rolls", "posted_at": "2026-03-01T12:00:00Z"}


def keep(
    channel: Channel, content: Any = b"{", *, source: str = "webhook", reason: str = "is odd"
) -> QuarantinedPayload:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    quarantine.keep(
        channel=channel, source=source, parts=[Unreadable(raw, reason, "posts[0].text")]
    )
    return QuarantinedPayload.objects.latest("pk")


def test_the_same_bytes_wait_once(channel: Channel) -> None:
    keep(channel)
    keep(channel)
    assert QuarantinedPayload.objects.count() == 1


def test_the_same_bytes_may_come_again_once_settled(channel: Channel, admin: User) -> None:
    quarantine.discard(payload=keep(channel), by=admin)
    keep(channel)
    assert QuarantinedPayload.objects.count() == 2


@pytest.mark.parametrize("content", [GOOD, {"posts": [GOOD]}])
def test_what_can_be_read_now_goes_in(channel: Channel, admin: User, content: Any) -> None:
    payload = keep(channel, content)
    assert quarantine.replay(payload=payload, by=admin).created == 1
    payload.refresh_from_db()
    assert (payload.state, payload.settled_by) == ("replayed", admin)
    assert Post.objects.get().external_id == "q1"


def test_what_fails_again_keeps_waiting_with_the_new_reason(channel: Channel, admin: User) -> None:
    payload = keep(channel, GOOD | {"posted_at": "soon"})
    with pytest.raises(ParseError):
        quarantine.replay(payload=payload, by=admin)
    payload.refresh_from_db()
    assert (payload.state, payload.field) == ("waiting", "posted_at")
    assert "ISO 8601" in payload.reason


def test_a_repair_that_fails_leaves_the_reason_alone(channel: Channel, admin: User) -> None:
    payload = keep(channel, b"{")
    with pytest.raises(ParseError):
        quarantine.replay(payload=payload, by=admin, raw=b"[")
    payload.refresh_from_db()
    assert payload.reason == "is odd"


def test_of_two_that_replay_one_wins(channel: Channel, admin: User, colleague: User) -> None:
    first = keep(channel, GOOD)
    second = QuarantinedPayload.objects.get(pk=first.pk)
    quarantine.replay(payload=first, by=admin)
    with pytest.raises(Refused):
        quarantine.replay(payload=second, by=colleague)
    with pytest.raises(Refused):
        quarantine.discard(payload=second, by=colleague)
    assert Post.objects.count() == 1


def test_the_list_is_paged_by_key_and_filtered(
    as_user: SignIn, admin: User, channel: Channel
) -> None:
    for number in range(60):
        keep(channel, f"{number}".encode(), reason=f"reason {number:02}")
    keep(channel, b"x", source="feed", reason="torn")
    client, address = as_user(admin), reverse("inbox:quarantine")
    first = client.get(address).content.decode()
    assert "torn" in first
    assert "reason 11" in first
    assert "reason 10" not in first
    oldest = QuarantinedPayload.objects.get(reason="reason 11").pk
    assert "reason 10" in client.get(f"{address}?after={oldest}").content.decode()
    feeds = client.get(f"{address}?source=feed").content.decode()
    assert "torn" in feeds
    assert "reason" not in feeds.partition("<tbody>")[2]


@pytest.mark.parametrize(
    "query", ["after=x", "after=" + "9" * 40, "channel=x", "source=x", "state=x"]
)
def test_a_strange_address_shows_the_list(as_user: SignIn, admin: User, query: str) -> None:
    assert as_user(admin).get(f"{reverse('inbox:quarantine')}?{query}").status_code == 200


@pytest.mark.parametrize(
    "raw", [b"<script>alert(1)</script>", b"\xff\x00<script>alert(1)</script>"]
)
def test_raw_bytes_are_shown_as_text(
    as_user: SignIn, admin: User, channel: Channel, raw: bytes
) -> None:
    payload = keep(channel, raw)
    page = as_user(admin).get(reverse("inbox:quarantined", args=[payload.pk])).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_an_admin_replays_from_the_page(as_user: SignIn, admin: User, channel: Channel) -> None:
    payload = keep(channel, GOOD)
    as_user(admin).post(reverse("inbox:quarantine_replay", args=[payload.pk]))
    payload.refresh_from_db()
    assert payload.state == "replayed"


def test_an_admin_replays_all_that_is_shown(as_user: SignIn, admin: User, channel: Channel) -> None:
    keep(channel, GOOD)
    keep(channel, GOOD | {"external_id": "q2"})
    keep(channel, b"{")
    answer = as_user(admin).post(
        reverse("inbox:quarantine_replay_all"), {"channel": channel.pk}, follow=True
    )
    assert "2 taken in, 1 still cannot be." in answer.content.decode()
    assert Post.objects.count() == 2


def test_an_admin_discards(as_user: SignIn, admin: User, channel: Channel) -> None:
    payload = keep(channel)
    as_user(admin).post(reverse("inbox:quarantine_discard", args=[payload.pk]))
    payload.refresh_from_db()
    assert (payload.state, payload.settled_by) == ("discarded", admin)


def test_the_command_replays_and_says_what_is_left(channel: Channel) -> None:
    keep(channel, GOOD)
    keep(channel, b"{")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("replay_quarantine", "--channel", channel.name, stdout=out)
    assert out.getvalue() == "1 taken in, 1 still cannot be.\n"
