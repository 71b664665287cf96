"""Server-sent events, as servers send them and as nobody should."""

from __future__ import annotations

from itertools import pairwise, repeat

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.connectors import streaming
from inbox.connectors.errors import Expired, Gone, Refused, Unreachable
from inbox.connectors.http import Api
from inbox.connectors.mastodon import listening
from inbox.connectors.streaming import Event, events, parsed
from inbox.connectors.types import Told
from tests.networks.mastodon import MastodonServer
from tests.networks.stub import Answer, running

SAID = (
    ':)\nevent: notification\ndata: {"a":\ndata: "ä😀"}\n\n:thump\r\nevent:delete\r\ndata:1\r\n\r\n'
)
NEWS = Told(is_news=True)
HEARD = [Event(), Event("notification", '{"a":\n"ä😀"}'), Event(), Event("delete", "1")]


@given(st.lists(st.integers(0, len(SAID.encode())), max_size=8))
def test_pieces_may_end_anywhere(cuts: list[int]) -> None:
    body, places = SAID.encode(), [0, *sorted(cuts), len(SAID.encode())]
    pieces = [body[a:b] for a, b in pairwise(places)]
    assert list(parsed(pieces)) == HEARD


def test_an_endless_event_is_broken_off() -> None:
    with pytest.raises(httpx.ReadError, match="1 MB"):
        list(parsed(repeat(b"data: " + b"x" * 60_000)))


def test_a_stream_of_years_is_not_too_large() -> None:
    pieces = [b":thump\n\n" * 1000] * 150
    assert len(list(parsed(pieces))) == 150_000


@pytest.mark.integration
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer.error(401, {"error": "The access token is invalid"}), Expired),
        (Answer.error(404), Gone),
        (Answer.error(503), Unreachable),
        (Answer(200, b"<html>", {"Content-Type": "text/html"}), Refused),
        (Answer(301, {}, {"Location": "http://127.0.0.1:1/"}), Refused),
    ],
)
def test_a_refusal_means_what_it_means_elsewhere(answer: Answer, error: type[Exception]) -> None:
    server = MastodonServer()
    with running(server) as stub:
        stub.next(answer, path="/api/v1/streaming")
        with pytest.raises(error):
            next(listening.stream(server.access(stub)))


@pytest.mark.integration
def test_silence_is_not_waited_for_longer_than_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "SILENCE", 0.1)
    server = MastodonServer()
    with running(server) as stub:
        stream = listening.stream(server.access(stub))
        assert [next(stream), next(stream)] == [Told(), Told()]
        with pytest.raises(Unreachable, match="did not answer"):
            next(stream)


@pytest.mark.integration
def test_a_private_address_is_not_listened_to() -> None:
    with running(MastodonServer()) as stub, pytest.raises(Unreachable, match="private address"):
        next(events(Api(stub.url, {}), listening.PATH))


@pytest.mark.integration
@pytest.mark.parametrize("scheme", ["ws", "http"])
def test_a_server_may_stream_at_another_host(scheme: str) -> None:
    home, other = MastodonServer(), MastodonServer()
    with running(home) as stub, running(other) as elsewhere:
        home.streams_at = f"{scheme}://{elsewhere.url.partition('://')[2]}"
        assert next(listening.stream(home.access(stub))) == Told()
        assert len(elsewhere.of("GET", listening.PATH)) == 1


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (Event(), Told()), (Event("delete", "7\n"), Told(changed="7")), (Event("delete"), Told()),
        (Event("filters_changed"), Told()), (Event("conversation", "{}"), NEWS),
        (Event("notification", '{"type":"mention"}'), NEWS),
        (Event("notification", '{"type":"favourite"}'), Told()), (Event("update", "[]"), NEWS),
        (Event("notification", "{broken"), NEWS), (Event("update", '{"account":null}'), Told()),
        (Event("update", '{"account":{"id":"1"}}'), NEWS),
        (Event("status.update", '{"id":"8","account":{"id":"9"}}'), Told(changed="8")),
        (Event("status.update", '{"id":null}'), Told()), (Event("status.update", "{broken"), NEWS),
    ],
)  # fmt: skip
def test_only_what_can_be_read_is_told(event: Event, told: Told) -> None:
    assert listening.told_by(event, "1") == told
