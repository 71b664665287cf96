"""Deliveries that come too many at once are kept, answered, and taken in a moment later."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DataError, OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from inbox.models import Channel, IntakeTick, Post, QuarantinedPayload, WaitingDelivery
from inbox.services import quarantine, waiting
from inbox.services.receive import receive as real_receive
from inbox.services.waiting import set_aside, take_all_waiting, take_waiting
from inbox.tasks import take_waiting as minutely
from routing.models import Alarm
from tests.inbox.webhooks import test_networks as networks
from tests.inbox.webhooks.sender import a_post, body_of, busy, deliver, keep, names

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("departments", "_asleep")]


@pytest.fixture
def _asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody takes in what waits before the test does."""
    monkeypatch.setattr(waiting, "_wake", lambda _: None)


@pytest.fixture
def other(db: None) -> Channel:
    return Channel.objects.create(name="Blog", network="blog", connector="webhook")


def test_who_comes_meanwhile_is_kept_and_answered(client: Client, hook: Channel) -> None:
    with busy(hook):
        answer = deliver(client, hook, body_of([a_post("a")]))
    assert (answer.status_code, answer.json()) == (200, {"waiting": True})
    assert (names(), WaitingDelivery.objects.count()) == ([], 1)
    assert take_all_waiting(hook.pk) == 1
    assert (names(), WaitingDelivery.objects.count()) == (["a"], 0)
    assert Post.objects.get().ticket is not None


def test_who_comes_while_others_wait_queues_behind(client: Client, hook: Channel) -> None:
    keep(hook, "a")
    assert deliver(client, hook, body_of([a_post("b")])).json() == {"waiting": True}
    take_all_waiting(hook.pk)
    assert deliver(client, hook, body_of([a_post("c")])).json()["created"] == 1


def test_other_channels_do_not_wait(client: Client, hook: Channel, other: Channel) -> None:
    with busy(other):
        assert deliver(client, hook, body_of([a_post("a")])).json()["created"] == 1


def test_a_large_delivery_never_waits(client: Client, hook: Channel) -> None:
    with busy(hook):
        answer = deliver(client, hook, body_of(a_post(f"p{n}") for n in range(9)))
        assert answer.json()["created"] == 9
        assert deliver(client, hook, body_of([a_post("a")])).json() == {"waiting": True}


def test_who_sent_something_wrong_is_told_at_once(client: Client, hook: Channel) -> None:
    with busy(hook):
        answer = deliver(client, hook, body_of([a_post("a"), a_post("b", posted_at="soon")]))
    assert answer.json()["created"] == 1
    assert answer.json()["quarantined"][0]["field"] == "posts[1].posted_at"


def test_what_is_not_signed_is_not_kept(client: Client, hook: Channel) -> None:
    with busy(hook):
        assert deliver(client, hook, body_of([a_post()]), headers={}).status_code == 401
    assert not WaitingDelivery.objects.exists()


def test_a_networks_own_format_waits_too() -> None:
    page = networks.page("11")
    with busy(page):
        assert networks.deliver(page, networks.comment("1")).json() == {"waiting": True}
    take_all_waiting(page.pk)
    assert Post.objects.get().text == "Where is my parcel?"


def test_what_is_for_several_pages_does_not_wait() -> None:
    first, _ = networks.page("11"), networks.page("22")
    with busy(first):
        both = networks.comment("1"), networks.comment("2", "22")
        assert networks.deliver(first, *both).json()["created"] == 2


def test_what_could_open_a_door_is_not_kept(hook: Channel) -> None:
    headers = {"Cookie": "a", "authorization": "b", "X-Discourse-Event": "post_created"}
    set_aside(channel=hook, headers=headers, body=b"{}")
    assert WaitingDelivery.objects.get().headers == {"X-Discourse-Event": "post_created"}


def test_many_go_in_together_and_are_counted(hook: Channel) -> None:
    keep(hook, *(f"p{n:02}" for n in range(waiting.TOGETHER + 3)))
    assert take_waiting(hook.pk) == waiting.TOGETHER
    assert take_all_waiting(hook.pk) == 3
    assert Post.objects.count() == waiting.TOGETHER + 3
    ticks = IntakeTick.objects.values_list("deliveries", flat=True)
    assert sum(ticks) == waiting.TOGETHER + 3


def test_whoever_dies_meanwhile_leaves_all_of_them_waiting(
    hook: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(hook, "a", "b")
    monkeypatch.setattr(quarantine, "keep", _gone)
    with pytest.raises(OperationalError):
        take_all_waiting(hook.pk)
    assert (names(), WaitingDelivery.objects.count()) == ([], 2)
    monkeypatch.undo()
    assert take_waiting(hook.pk) == 2


def test_one_that_cannot_be_stored_is_put_into_quarantine(
    hook: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(hook, "a", "bad", "c")
    monkeypatch.setattr(quarantine, "receive", _failing(DataError("invalid byte sequence")))
    assert take_all_waiting(hook.pk) == 3
    assert names() == ["a", "c"]
    assert "invalid byte" in QuarantinedPayload.objects.get().reason


def test_one_that_nobody_foresaw_stops_no_other(
    hook: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(hook, "a", "bad", "c")
    monkeypatch.setattr(quarantine, "receive", _failing(KeyError("surprise")))
    take_all_waiting(hook.pk)
    assert (names(), WaitingDelivery.objects.count()) == (["a", "c"], 0)
    kept = QuarantinedPayload.objects.get()
    assert "could not be taken in (KeyError)" in kept.reason
    monkeypatch.undo()
    assert quarantine.replay(payload=kept, by=None).created == 1


def test_what_can_no_longer_be_read_is_put_into_quarantine(hook: Channel) -> None:
    keep(hook, "a")
    set_aside(channel=hook, headers={}, body=b'{"posts": 7}')
    take_all_waiting(hook.pk)
    assert names() == ["a"]
    assert bytes(QuarantinedPayload.objects.get().raw) == b'{"posts": 7}'


def test_what_is_only_partly_readable_by_now_is_not_lost(hook: Channel) -> None:
    body = body_of([a_post("a"), a_post("b", posted_at="soon")])
    set_aside(channel=hook, headers={}, body=body)
    take_all_waiting(hook.pk)
    assert names() == []
    assert bytes(QuarantinedPayload.objects.get().raw) == body


def test_the_worker_takes_in_what_a_dead_process_left(hook: Channel) -> None:
    other = networks.page("11")
    keep(hook, "a")
    WaitingDelivery.objects.create(channel=other, body=_facebook_body())
    assert minutely() == 2
    assert Post.objects.count() == 2


def test_it_begins_nothing_new_when_its_time_is_over(hook: Channel) -> None:
    keep(hook, "a")
    assert waiting.take_left_behind(seconds=0) == 0


def test_an_alarm_says_that_they_wait_for_long(
    hook: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(hook, "a")
    WaitingDelivery.objects.update(received_at=timezone.now() - timedelta(minutes=6))
    with monkeypatch.context() as stuck:
        stuck.setattr(waiting, "take_all_waiting", lambda *_, **__: 0)
        minutely()
    assert (
        "taken in: 1, the oldest since"
        in Alarm.objects.get(key="deliveries-waiting", cleared_at=None).message
    )
    minutely()
    assert not Alarm.objects.filter(key="deliveries-waiting", cleared_at=None).exists()


def test_the_page_of_health_tells_how_many(client: Client, admin: User, hook: Channel) -> None:
    keep(hook, "a", "b")
    client.force_login(admin)
    page = client.get(reverse("inbox:channel_health", args=[hook.pk])).content.decode()
    assert "Deliveries waiting" in page
    assert "<dd>2<span" in page


def _failing(error: Exception) -> Any:
    def receive(channel: Channel, posts: Any, **told: Any) -> Any:
        if any(post.external_id == "bad" for post in posts):
            raise error
        return real_receive(channel, posts, **told)

    return receive


def _gone(**_: Any) -> None:
    raise OperationalError("the server closed the connection")


def _facebook_body() -> bytes:
    return json.dumps({"object": "page", "entry": [networks.comment("9")]}).encode()
