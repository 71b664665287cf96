"""Deliveries are lost, doubled and shuffled: in the end every post is there exactly once."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from inbox.connectors.base import Access
from inbox.connectors.types import IncomingPost, Page, Verb
from inbox.models import Channel, ChannelState, Post, RawPayload, Ticket
from inbox.services import polling, raw, reconciling
from inbox.services.access import store_credentials
from inbox.services.receive import receive
from inbox.services.reparsing import reparse
from tests.networks.graph import APP_SECRET, TOKEN, FacebookPage, Thing
from tests.networks.stub import running
from tests.towns import Town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("departments")]


@dataclass
class World:
    """A page on a server of its own, and the channel connected to it."""

    page: FacebookPage
    channel: Channel

    def deliver(self, thing: Thing) -> None:
        body = self.page.delivery(self.page.told(thing))
        signature = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
        answer = Client().post(
            f"/webhooks/{self.channel.pk}/", body, content_type="application/json",
            headers={"X-Hub-Signature-256": f"sha256={signature}"},
        )  # fmt: skip
        assert answer.status_code == 200


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    settings.ALLOW_PRIVATE_ADDRESSES = True
    page = FacebookPage("1111")
    with running(page) as stub:
        channel = Channel.objects.create(
            name="Page", network="facebook", connector="facebook", own_ids=["1111"],
            settings={"account_id": "1111", "base_url": stub.url, "app_id": "app"},
        )  # fmt: skip
        since = timezone.now() - timedelta(hours=30)
        ChannelState.objects.create(channel=channel, cursor={"since": since.isoformat()})
        secrets = {"app_secret": APP_SECRET, "page_token": TOKEN, "verify_token": "verify"}
        store_credentials(channel=channel, secrets=secrets, by=None)
        yield World(page, channel)


@pytest.mark.integration
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_deliveries_do_one_look_makes_it_whole(world: World, seed: int) -> None:
    rng = Random(seed)  # noqa: S311 - a repeatable way to lose things
    start = timezone.now().timestamp() - 24 * 3600
    posts = [world.page.post(f"Our post {n}.", at=start + n) for n in range(10)]
    comments = [
        world.page.comment(f"Comment {n}", rng.choice(posts), at=start + 60 + n) for n in range(100)
    ]
    sent = [one for one in comments if rng.random() >= 0.05]
    sent += [one for one in sent if rng.random() < 0.05]
    rng.shuffle(sent)
    for one in sent:
        world.deliver(one)
    assert Post.objects.filter(kind="comment").count() < len(comments)
    polled = polling.poll(channel=world.channel, force=True)
    assert polled is not None
    assert polled.error == ""
    came = Post.objects.filter(kind="comment").values_list("external_id", flat=True)
    assert sorted(came) == sorted(one.id for one in comments)
    assert Ticket.objects.current().count() == len(comments)


@pytest.mark.integration
def test_what_was_asked_is_kept_without_secrets_and_read_again_without_the_network(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = world.page.post("Ours", at=timezone.now().timestamp() - 3600)
    for number in range(30):
        world.page.comment(f"Comment {number}", post, at=timezone.now().timestamp() - 60 + number)
    polling.poll(channel=world.channel, force=True)
    kept = list(RawPayload.objects.filter(how="fetch"))
    assert kept
    assert not any(TOKEN.encode() in part for row in kept for part in raw.unpack(bytes(row.body)))
    monkeypatch.setattr("httpx.Client", None)
    before = Post.objects.count()
    Post.objects.filter(kind="comment").update(url="")
    found = reparse(channel=world.channel, since=timezone.now() - timedelta(days=1))
    assert (found.faults, found.new, Post.objects.count()) == ([], 0, before)
    assert not Post.objects.filter(kind="comment", url="").exists()


def remembered(town: Town) -> Channel:
    channel = Channel.objects.create(name="Square", network="town", connector="town")
    ChannelState.objects.create(channel=channel)
    return channel


def said(name: str, **more: str) -> IncomingPost:
    return IncomingPost(name, text=f"Post {name}", posted_at=timezone.now(), **more)  # type: ignore[arg-type]


def test_a_conversation_read_again_brings_what_was_missed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = remembered(town)
    receive(channel, [said("a"), said("c", parent_external_id="a")])
    again = (
        said("a"),
        said("b", parent_external_id="a"),
        IncomingPost("c", verb=Verb.DELETE, posted_at=timezone.now()),
    )
    monkeypatch.setattr(town, "thread", lambda *_: Page(again), raising=False)
    look = reconciling.reconcile(channel=channel)
    assert look == reconciling.Look(threads=1, gaps=1)
    assert Post.objects.get(external_id="c").deleted_at
    assert Ticket.objects.get().post_count == 3
    assert ChannelState.objects.get().gaps == 1


def test_what_a_conversation_leaves_out_is_deleted_when_the_network_says_it_is_gone(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = remembered(town)
    receive(channel, [said("a"), *(said(name, parent_external_id="a") for name in "bcd")])
    asked: list[str] = []

    def gone(access: Access, names: list[str]) -> tuple[IncomingPost, ...]:
        asked.extend(names)
        return (IncomingPost("c", verb=Verb.DELETE, posted_at=timezone.now()),)

    left = Page((said("a"), said("b", parent_external_id="a")))
    monkeypatch.setattr(town, "thread", lambda *_: left, raising=False)
    monkeypatch.setattr(town, "gone", gone, raising=False)
    reconciling.reconcile(channel=channel)
    assert sorted(asked) == ["c", "d"]
    assert [post.external_id for post in Post.objects.exclude(deleted_at=None)] == ["c"]


def test_an_answer_to_a_question_nobody_told_us_of_brings_the_question(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = remembered(town)
    question = said("a")
    answer = replace(said("b", parent_external_id="a"), is_own=True)
    receive(channel, [answer])
    assert not Ticket.objects.exists()
    asked: list[str] = []

    def thread(_access: object, name: str) -> Page:
        asked.append(name)
        return Page((question, answer))

    monkeypatch.setattr(town, "thread", thread, raising=False)
    reconciling.reconcile(channel=channel)
    assert asked == ["b"]
    assert Ticket.objects.get().is_answered


def test_conversations_are_read_again_once_an_hour(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = remembered(town)
    monkeypatch.setattr(town, "thread", lambda *_: Page(()), raising=False)
    assert reconciling.reconcile(channel=channel)
    assert reconciling.reconcile(channel=channel) is None
    assert reconciling.due_channels() == []
