"""What came is kept word for word, for a while, without secrets."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from inbox.connectors import tape
from inbox.connectors.errors import Unreachable
from inbox.connectors.http import Api
from inbox.connectors.types import IncomingPost
from inbox.models import Channel, RawPayload
from inbox.services import raw
from inbox.services.receive import receive

pytestmark = pytest.mark.django_db


def said(name: str, body: bytes = b"{}", **more: bool) -> IncomingPost:
    return IncomingPost(name, text=name, posted_at=timezone.now(), raw=body, **more)  # type: ignore[arg-type]


def kept() -> list[list[bytes]]:
    return [raw.unpack(bytes(row.body)) for row in RawPayload.objects.order_by("pk")]


def test_a_batch_is_one_row_with_each_body_once(channel: Channel) -> None:
    receive(channel, [said("a", b"one"), said("b", b"one"), said("c", b"two")])
    assert kept() == [[b"one", b"two"]]


def test_what_is_no_news_is_not_kept(channel: Channel) -> None:
    post = said("a", b"one")
    receive(channel, [post])
    receive(channel, [post])
    assert kept() == [[b"one"]]


def test_nothing_is_kept_when_nothing_may_be(channel: Channel, settings: Settings) -> None:
    settings.RAW_PAYLOAD_DAYS = 0
    receive(channel, [said("a")])
    assert kept() == []


def test_the_old_goes_and_what_a_channel_may_keep_less_long_goes_sooner(channel: Channel) -> None:
    receive(channel, [said("a")])
    RawPayload.objects.update(received_at=timezone.now() - timedelta(days=29))
    assert raw.purge() == 0
    Channel.objects.update(retention_days=2)
    assert raw.purge() == 1
    assert raw.purge() == 0


def test_private_words_can_be_let_go_alone(channel: Channel) -> None:
    receive(channel, [said("a", b"public")])
    receive(channel, [said("b", b"private", is_private=True)])
    assert raw.forget(channel_id=channel.pk, external_ids=["b"]) == 1
    assert kept() == [[b"public"]]


def test_a_tape_holds_no_secret_however_it_is_written() -> None:
    with tape.recording(["se/cret+token", "short"]) as kept_tape:
        body = b'{"next": "https://n/?access_token=se%2Fcret%2Btoken", "a": "se\\/cret+token"}'
        kept_tape.note("https://n/posts?access_token=se%2Fcret%2Btoken", None, 200, body)
    assert b"cret" not in kept_tape.as_bytes()


def test_a_tape_answers_what_was_asked_then_and_nothing_else() -> None:
    api = Api("https://network.example", {})
    with tape.recording([]) as kept_tape:
        kept_tape.note("https://network.example/posts", {"page": 1}, 200, b'{"n": 1}')
        kept_tape.note("https://network.example/posts", {"page": 2}, 404, b"{}")
    with tape.playing(kept_tape.as_bytes()):
        assert api.get("/posts", {"page": 1}).json() == {"n": 1}
        with pytest.raises(Unreachable, match="was not asked"):
            api.get("/people")
        with pytest.raises(Unreachable):
            api.post("/posts", is_safe=True, json={})
