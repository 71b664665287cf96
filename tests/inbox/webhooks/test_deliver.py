"""The address networks deliver to."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client
from pytest_django.fixtures import Settings

from inbox.models import Channel, DeliveryWindow, Post, QuarantinedPayload, Ticket
from inbox.services import channels, quarantine
from tests.inbox.webhooks.sender import a_post, body_of, deliver, headers_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender() -> Client:
    """A client that a missing CSRF token would stop."""
    return Client(enforce_csrf_checks=True)


def test_a_signed_post_becomes_a_ticket(sender: Client, hook: Channel) -> None:
    answer = deliver(sender, hook, body_of([a_post()]))
    assert answer.status_code == 200
    assert answer.json() == {
        "created": 1,
        "duplicates": 0,
        "edited": 0,
        "deleted": 0,
        "counted": 0,
        "hidden": 0,
        "tickets": 1,
        "quarantined": [],
    }
    assert Ticket.objects.get().opening_post.text == "My parcel arrived crushed."  # type: ignore[union-attr]


def test_a_batch_comes_in_at_once(sender: Client, hook: Channel) -> None:
    answer = deliver(sender, hook, body_of(a_post(f"p{n}") for n in range(30)))
    assert answer.json()["created"] == Post.objects.count() == 30


def test_the_same_delivery_again_changes_nothing(sender: Client, hook: Channel) -> None:
    body = body_of([a_post()])
    headers = headers_of(hook.secret, body)
    deliver(sender, hook, body, headers=headers)
    again = deliver(sender, hook, body, headers=headers)
    assert (again.status_code, again.json()["duplicates"]) == (200, 1)
    assert (Post.objects.count(), Ticket.objects.count()) == (1, 1)


def test_a_reply_that_overtakes_its_parent_joins_it(sender: Client, hook: Channel) -> None:
    reply = a_post("r1", parent_external_id="p1", posted_at="2026-03-01T12:01:00Z")
    deliver(sender, hook, body_of([reply]))
    deliver(sender, hook, body_of([a_post("p1")]))
    assert Post.objects.values_list("ticket").distinct().count() == 1


def test_escaped_letters_are_signed_as_sent(sender: Client, hook: Channel) -> None:
    post = rb'{"external_id": "1", "posted_at": "2026-03-01T12:00:00Z", "text": "sp\u00e4t"}'
    body = b'{"posts": [' + post + b"]}"
    assert deliver(sender, hook, body).status_code == 200
    assert Post.objects.get().text == "spät"


def test_json_that_was_written_anew_is_refused(sender: Client, hook: Channel) -> None:
    body = rb'{"posts": [{"external_id": "1", "text": "sp\u00e4t"}]}'
    again = json.dumps(json.loads(body), ensure_ascii=False).encode()
    assert deliver(sender, hook, again, headers=headers_of(hook.secret, body)).status_code == 401


def test_a_wrong_key_is_refused(sender: Client, hook: Channel) -> None:
    body = body_of([a_post()])
    other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    answer = deliver(sender, hook, body, headers=headers_of(other, body))
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert "No signature matches" in answer.json()["detail"]
    assert not Post.objects.exists()
    assert not QuarantinedPayload.objects.exists()


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_named(sender: Client, hook: Channel, name: str) -> None:
    body = body_of([a_post()])
    headers = headers_of(hook.secret, body)
    del headers[name]
    answer = deliver(sender, hook, body, headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (401, f"The header {name} is missing.")


@pytest.mark.parametrize(("minutes", "word"), [(-6, "past"), (6, "future")])
def test_an_old_or_future_delivery_is_refused(
    sender: Client, hook: Channel, minutes: int, word: str
) -> None:
    body = body_of([a_post()])
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    answer = deliver(sender, hook, body, headers=headers_of(hook.secret, body, at=at))
    assert answer.status_code == 401
    assert word in answer.json()["detail"]


def test_the_secret_of_another_channel_does_not_open_this_one(
    sender: Client, hook: Channel
) -> None:
    other = channels.create_channel(name="Other", network="x", connector="webhook", by=None)
    body = body_of([a_post()])
    assert deliver(sender, hook, body, headers=headers_of(other.secret, body)).status_code == 401


def test_after_a_rotation_both_secrets_open_until_the_old_one_ends(
    sender: Client, hook: Channel, admin: Any
) -> None:
    old = hook.secret
    channels.rotate_secret(channel=hook, by=admin)
    for key in (old, hook.secret):
        body = body_of([a_post(key[-9:])])
        assert deliver(sender, hook, body, headers=headers_of(key, body)).status_code == 200
    Channel.objects.filter(pk=hook.pk).update(previous_secret_until=datetime.now(UTC))
    assert deliver(sender, hook, body, headers=headers_of(old, body)).status_code == 401


def test_a_bad_post_waits_in_quarantine_and_the_good_ones_go_in(
    sender: Client, hook: Channel
) -> None:
    bad = a_post("bad", posted_at="2026-03-01T12:00:00")
    answer = deliver(sender, hook, body_of([a_post("a"), bad, a_post("b")]))
    assert answer.status_code == 200
    assert answer.json()["created"] == 2
    (fault,) = answer.json()["quarantined"]
    assert fault["field"] == "posts[1].posted_at"
    kept = QuarantinedPayload.objects.get()
    assert (kept.source, kept.field) == ("webhook", "posts[1].posted_at")
    assert json.loads(bytes(kept.raw)) == bad


def test_a_signed_body_nobody_can_read_is_kept_once(sender: Client, hook: Channel) -> None:
    body = b'{"posts": [{"external_id": '
    for _ in range(2):
        answer = deliver(sender, hook, body)
        assert answer.status_code == 400
        assert "quarantine" in answer.json()["detail"]
    assert bytes(QuarantinedPayload.objects.get().raw) == body


def test_a_signed_body_that_is_not_utf8_is_kept(sender: Client, hook: Channel) -> None:
    from inbox.connectors.signature import sign

    body, now = b'{"posts": ["caf\xe9"]}', int(datetime.now(UTC).timestamp())
    signature = sign(hook.secret, delivery_id="m", timestamp=now, body=body)
    headers = {"webhook-id": "m", "webhook-timestamp": str(now), "webhook-signature": signature}
    assert deliver(sender, hook, body, headers=headers).status_code == 400
    assert bytes(QuarantinedPayload.objects.get().raw) == body


def test_a_post_the_database_refuses_does_not_stop_the_others(
    sender: Client, hook: Channel
) -> None:
    from django.db import DataError

    from inbox.services.receive import receive

    def picky(channel: Channel, posts: Any, **_told: Any) -> Any:
        if any(post.external_id == "p2" for post in posts):
            raise DataError("invalid byte sequence")
        return receive(channel, posts)

    with mock.patch.object(quarantine, "receive", picky):
        answer = deliver(sender, hook, body_of(a_post(f"p{n}") for n in range(5)))
    assert answer.json()["created"] == 4
    kept = QuarantinedPayload.objects.get()
    assert kept.field == "posts[2]"
    assert json.loads(bytes(kept.raw))["external_id"] == "p2"


def test_only_post_is_allowed(sender: Client, hook: Channel) -> None:
    answer = sender.get(f"/webhooks/{hook.pk}/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_only_json_is_allowed(sender: Client, hook: Channel, content_type: str) -> None:
    answer = sender.post(f"/webhooks/{hook.pk}/", b"{}", content_type=content_type)
    assert answer.status_code == 415


def test_more_than_a_megabyte_is_refused(sender: Client, hook: Channel) -> None:
    body = body_of([a_post(text="x" * 90_000) for _ in range(13)])
    answer = deliver(sender, hook, body)
    assert (answer.status_code, answer.json()["title"]) == (413, "Request Entity Too Large")


def test_more_than_a_thousand_posts_are_refused(sender: Client, hook: Channel) -> None:
    answer = deliver(sender, hook, body_of({"external_id": str(n)} for n in range(1001)))
    assert answer.status_code == 400
    assert "at most 1000" in answer.json()["reason"]


def test_too_many_posts_a_minute_are_told_when_to_come_back(
    sender: Client, hook: Channel, settings: Settings
) -> None:
    settings.WEBHOOK_POSTS_PER_MINUTE = 3
    assert deliver(sender, hook, body_of([a_post("a"), a_post("b")])).status_code == 200
    answer = deliver(sender, hook, body_of([a_post("c"), a_post("d")]))
    if DeliveryWindow.objects.count() == 1:  # the minute may just have turned
        assert answer.status_code == 429
        assert 1 <= int(answer["Retry-After"]) <= 60
        assert Post.objects.count() == 2


def test_a_batch_that_can_never_pass_says_so(
    sender: Client, hook: Channel, settings: Settings
) -> None:
    settings.WEBHOOK_POSTS_PER_MINUTE = 1
    answer = deliver(sender, hook, body_of([a_post("a"), a_post("b")]))
    assert answer.status_code == 429
    assert "split it" in answer.json()["detail"]


def test_posts_booked_ahead_are_those_of_one_minute(
    sender: Client, hook: Channel, settings: Settings
) -> None:
    settings.WEBHOOK_POSTS_PER_MINUTE = 2000
    with time_machine.travel(datetime.now(UTC).replace(second=1), tick=False) as clock:
        for n in range(4):
            assert deliver(sender, hook, body_of([a_post(f"a{n}")])).status_code == 200
        assert DeliveryWindow.objects.get().posts == 6  # the first with two ahead, then the fourth
        clock.shift(60)
        assert deliver(sender, hook, body_of([a_post("b")])).status_code == 200
        assert DeliveryWindow.objects.count() == 2


def test_a_changed_channel_is_read_again(sender: Client, hook: Channel) -> None:
    assert deliver(sender, hook, body_of([a_post("a")])).status_code == 200
    Channel.objects.filter(pk=hook.pk).update(own_ids=["lena"])
    own = {**a_post("b"), "author": {"external_id": "9", "handle": "lena"}}
    assert deliver(sender, hook, body_of([own])).status_code == 200
    assert Post.objects.get(external_id="b").is_own


def test_each_channel_has_its_own_minute(sender: Client, hook: Channel, settings: Settings) -> None:
    settings.WEBHOOK_POSTS_PER_MINUTE = 1
    other = channels.create_channel(name="Other", network="x", connector="webhook", by=None)
    assert deliver(sender, hook, body_of([a_post()])).status_code == 200
    assert deliver(sender, other, body_of([a_post()])).status_code == 200


@pytest.mark.parametrize("pk", [0, 999_999, 10**30])
def test_an_unknown_channel_is_not_found(sender: Client, hook: Channel, pk: int) -> None:
    body = body_of([a_post()])
    headers = headers_of(hook.secret, body)
    answer = sender.post(f"/webhooks/{pk}/", body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_channel_without_a_webhook_looks_unknown(sender: Client, db: None) -> None:
    feed = Channel.objects.create(name="Blog", network="blog", connector="feed")
    answer = sender.post(f"/webhooks/{feed.pk}/", b"{}", content_type="application/json")
    unknown = sender.post("/webhooks/999999/", b"{}", content_type="application/json")
    assert (answer.status_code, answer.content) == (404, unknown.content)


def test_who_holds_the_secret_learns_that_a_channel_is_off(
    sender: Client, hook: Channel, admin: Any
) -> None:
    channels.set_active(channel=hook, is_active=False, by=admin)
    body = body_of([a_post()])
    assert deliver(sender, hook, body).status_code == 403
    stranger = headers_of("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", body)
    assert deliver(sender, hook, body, headers=stranger).status_code == 404
    assert not Post.objects.exists()


def test_without_a_database_the_sender_is_asked_to_try_again(sender: Client, hook: Channel) -> None:
    failing = mock.Mock(side_effect=OperationalError("gone"))
    with mock.patch.object(quarantine, "receive", failing):
        answer = deliver(sender, hook, body_of([a_post()]))
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert not Post.objects.exists()


def test_a_lost_key_raises_an_alarm_instead_of_refusing_the_sender(
    sender: Client, hook: Channel
) -> None:
    from django.db import connection

    from routing.models import Alarm

    body = body_of([a_post()])
    headers = headers_of(hook.secret, body)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbox_channel SET secret = 'gAAAAAlost' WHERE id = %s", [hook.pk])
    assert deliver(sender, hook, body, headers=headers).status_code == 503
    assert Alarm.objects.get().key == f"channel-secret-{hook.pk}"


def test_a_delivery_starts_no_session(sender: Client, hook: Channel) -> None:
    assert not deliver(sender, hook, body_of([a_post()])).cookies
