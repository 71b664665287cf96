"""What Bluesky's refusals mean, and how sessions are renewed."""

from typing import Any

import httpx
import pytest

from inbox.connectors import errors
from inbox.connectors.base import Access
from inbox.connectors.bluesky import Bluesky
from inbox.connectors.bluesky.client import Client, fault_of
from inbox.connectors.http import Reply
from inbox.connectors.types import OutgoingPost, Upload
from tests.networks.stub import Answer, Asked, Stub, running

network = Bluesky()


@pytest.mark.parametrize(
    ("status", "error", "message", "meant"),
    [
        (401, "AuthenticationRequired", "Invalid identifier or password", errors.Expired),
        (401, "AuthFactorTokenRequired", "A sign in code has been sent", errors.Expired),
        (400, "ExpiredToken", "Token has expired", errors.Expired),
        (400, "InvalidToken", "Bad token", errors.Expired),
        (400, "AccountTakedown", "", errors.Expired),
        (429, "RateLimitExceeded", "Rate Limit Exceeded", errors.Limited),
        (400, "NotFound", "Post not found: at://x", errors.Gone),
        (400, "RecordNotFound", "Could not locate record", errors.Gone),
        (400, "BlockedByActor", "", errors.Blocked),
        (400, "InvalidRequest", "text must not be longer than 300 graphemes", errors.TooLong),
    ],
)
def test_an_error_means_what_the_network_says(
    status: int, error: str, message: str, meant: type
) -> None:
    body = httpx.Response(status, json={"error": error, "message": message})
    assert type(fault_of(Reply(status, body.headers, body.content))) is meant


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html>", b'{"error": 7, "message": []}'])
def test_a_refusal_without_words_is_left_to_its_status(body: bytes) -> None:
    assert fault_of(Reply(400, httpx.Headers(), body)) is None


class Sessions:
    """A server that knows of sessions only: token `a2` is good, `r1` renews, `pw` opens one."""

    renews = True

    def answer(self, asked: Asked) -> Answer:
        opened = Answer(body={"accessJwt": "a2", "refreshJwt": "r2", "did": "did:plc:us"})
        if asked.path.endswith("createSession"):
            is_right = asked.json["password"] == "pw" and asked.json["identifier"] == "did:plc:us"
            return opened if is_right else Answer(401, {"error": "AuthenticationRequired"})
        if asked.path.endswith("refreshSession"):
            good = self.renews and asked.token == "r1"
            return opened if good else Answer(400, {"error": "ExpiredToken"})
        if asked.token != "a2":
            return Answer(400, {"error": "ExpiredToken"})
        told = {"limit": "3000", "remaining": "7", "reset": "4000000000"}
        return Answer(body={"ok": True}, headers={f"ratelimit-{k}": v for k, v in told.items()})


def asking(stub: Stub, told: list[Any], **secrets: str) -> Client:
    given = {"app_password": "pw", "access_jwt": "a1", "refresh_jwt": "r1", **secrets}
    return Client(
        Access(
            stub.url,
            {"handle": "old.name", "account_id": "did:plc:us"},
            given,
            allow_private=True,
            renewed=told.append,
            quota=told.append,
        )
    )


@pytest.mark.integration
def test_a_session_that_ended_is_renewed_and_kept() -> None:
    told: list[Any] = []
    with running(Sessions()) as stub:
        assert asking(stub, told).get("app.bsky.x") == {"ok": True}
    assert told[0] == {"access_jwt": "a2", "refresh_jwt": "r2"}
    assert (told[1].name, told[1].remaining) == ("reads", 7)


@pytest.mark.integration
def test_one_that_cannot_be_renewed_is_opened_anew_also_after_the_handle_changed() -> None:
    sessions = Sessions()
    sessions.renews = False
    with running(sessions) as stub:
        assert asking(stub, []).get("app.bsky.x") == {"ok": True}
        names = [asked.json["identifier"] for asked in stub.of("POST", "createSession")]
    assert names == ["old.name", "did:plc:us"]


@pytest.mark.integration
def test_a_withdrawn_app_password_is_expired() -> None:
    with running(Sessions()) as stub, pytest.raises(errors.Expired):
        asking(stub, [], app_password="old", refresh_jwt="r0").get("app.bsky.x")


PICTURE = Upload(b"x", "image/png")
LARGE = Upload(b"x" * 1_000_001, "image/png")


@pytest.mark.parametrize(
    ("out", "meant", "says"),
    [
        (OutgoingPost("a" * 301, "at://x"), errors.TooLong, "these are 301"),
        (OutgoingPost("👩‍👩‍👧‍👦" * 150, "at://x"), errors.TooLong, "bytes"),
        (OutgoingPost("a", "at://x", is_private=True), errors.Refused, "private"),
        (OutgoingPost("a", "at://x", uploads=(Upload(b"", "video/mp4"),)), errors.Refused, "pict"),
        (OutgoingPost("a", "at://x", uploads=(PICTURE,) * 5), errors.Refused, "at most 4"),
        (OutgoingPost("a", "at://x", uploads=(LARGE,)), errors.TooLong, "1 MB"),
    ],
)
def test_what_the_network_would_refuse_is_refused_here(
    out: OutgoingPost, meant: type[Exception], says: str
) -> None:
    with pytest.raises(meant, match=says):
        network.publish(Access(""), out, idempotency_key="k")
