"""A reader that has learned something reads what came before again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from inbox.connectors import webhook
from inbox.connectors.types import IncomingPost
from inbox.connectors.webhook import parsing
from inbox.models import Channel, Post, RawPayload, Ticket, TicketEvent
from inbox.services import network_deliveries
from inbox.services.channels import create_channel
from inbox.services.reparsing import Report, reparse
from tests.inbox.webhooks.sender import headers_of

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
real_parse = webhook.parse_post


@pytest.fixture
def channel(departments: object) -> Channel:
    return create_channel(name="Shop", network="forum", connector="webhook", by=None)


def deliver(channel: Channel, *posts: dict[str, Any]) -> None:
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    body = json.dumps({"posts": [{"posted_at": at, "text": "Late!", **post} for post in posts]})
    network_deliveries.take_delivery(
        channel_id=channel.pk, headers=headers_of(channel.secret, body.encode()), body=body.encode()
    )


@contextmanager
def old_reader() -> Iterator[None]:
    """A reader that knows neither stars nor addresses."""

    def parse(item: Any, path: str) -> IncomingPost:
        return replace(real_parse(item, path), rating=None, url="", attachments=())

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parsing, "parse_post", parse)
        yield


def again(channel: Channel, *, is_dry_run: bool = False) -> Report:
    return reparse(channel=channel, since=LONG_AGO, is_dry_run=is_dry_run)


def told(report: Report) -> tuple[int, int, int]:
    return report.new, report.edited, report.unchanged


def test_what_the_old_reader_ignored_is_filled_in_once(channel: Channel) -> None:
    with old_reader():
        deliver(channel, {"external_id": "a", "rating": 2, "url": "https://shop.example/a"})
        deliver(channel, {"external_id": "b"})
    assert told(again(channel, is_dry_run=True)) == (0, 1, 1)
    assert Post.objects.get(external_id="a").rating is None
    assert told(again(channel)) == (0, 1, 1)
    post = Post.objects.get(external_id="a")
    assert (post.rating, post.url) == (2, "https://shop.example/a")
    assert TicketEvent.objects.filter(kind="edited").count() == 1
    assert told(again(channel)) == (0, 0, 2)


def test_a_post_the_old_reader_missed_comes_in_once(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(body: bytes) -> Any:
        return replace(real(body), posts=real(body).posts[:1], paths=("posts[0]",))

    real = webhook.parse_delivery
    monkeypatch.setattr(webhook, "parse_delivery", parse)
    deliver(channel, {"external_id": "a"}, {"external_id": "b"})
    monkeypatch.setattr(webhook, "parse_delivery", real)
    assert told(again(channel)) == (1, 0, 1)
    assert told(again(channel)) == (0, 0, 2)
    assert Ticket.objects.count() == 2
    assert RawPayload.objects.count() == 1


def test_nobody_is_told_of_what_did_not_change(channel: Channel) -> None:
    deliver(channel, {"external_id": "a"})
    deliver(channel, {"external_id": "b", "parent_external_id": "a"})
    Ticket.objects.update(state="resolved", resolved_at=timezone.now())
    before = TicketEvent.objects.count()
    assert told(again(channel)) == (0, 0, 2)
    assert Ticket.objects.get().state == "resolved"
    assert TicketEvent.objects.count() == before


def test_an_older_wording_does_not_come_back(channel: Channel) -> None:
    deliver(channel, {"external_id": "a", "text": "First."})
    later = timezone.now().isoformat()
    deliver(channel, {"external_id": "a", "text": "Second.", "edited_at": later})
    again(channel)
    assert Post.objects.get().text == "Second."


def test_words_that_were_removed_stay_so(channel: Channel) -> None:
    deliver(channel, {"external_id": "a", "rating": 2})
    Post.objects.update(text="", rating=None, words_removed_at=timezone.now())
    assert told(again(channel)) == (0, 0, 1)
    assert Post.objects.get().text == ""


def test_what_cannot_be_read_is_told_and_stops_nothing(channel: Channel) -> None:
    deliver(channel, {"external_id": "a"})
    RawPayload.objects.create(
        channel=channel, received_at=timezone.now(), how="delivery", body=b"no zlib"
    )
    with pytest.raises(CommandError, match="1 payloads could not be read"):
        call_command("reparse", channel="Shop", stdout=StringIO())


def test_the_command_says_what_would_change(channel: Channel) -> None:
    deliver(channel, {"external_id": "a"})
    Post.objects.update(url="https://old.example/")
    out = StringIO()
    call_command("reparse", channel="Shop", since="2026-01-01", dry_run=True, stdout=out)
    assert "0 posts would be new, 0 would be changed, 1 are as they were" in out.getvalue()
    with pytest.raises(CommandError, match="is no time"):
        call_command("reparse", channel="Shop", since="yesterday")
