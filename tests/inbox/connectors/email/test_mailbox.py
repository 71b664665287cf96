"""A mailbox over IMAP, on a server of our own and on Dovecot where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from inbox.connectors import errors, tape
from inbox.connectors.base import Access
from inbox.connectors.email import Email
from inbox.connectors.types import IncomingPost
from tests.networks import imap
from tests.networks.imap import MailServer, OwnServer, access_to

pytestmark = pytest.mark.integration
network = Email()
NOW = datetime.now(UTC).replace(microsecond=0)


def mail(number: int, text: str = "Still cold", **headers: str) -> bytes:
    told = {"Message-ID": f"<m{number}@example.org>", "From": "Board <no-reply@example.org>",
            "Subject": f"Post {number}", "Date": "Sun, 01 Mar 2026 12:00:00 +0000",
            **{name.replace("_", "-"): value for name, value in headers.items()}}  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()


@pytest.fixture
def own() -> Iterator[OwnServer]:
    with imap.own_server() as server:
        yield server


@pytest.fixture(params=["own", "dovecot"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MailServer]:
    if request.param == "own":
        with imap.own_server() as found:
            yield found
        return
    if why := imap.why_no_dovecot():
        pytest.skip(why)
    with imap.dovecot(tmp_path) as real:
        yield real


def round_of(access: Access, cursor: dict[str, Any]) -> tuple[list[IncomingPost], dict[str, Any]]:
    """What a whole round brings, and where the next begins."""
    found: list[IncomingPost] = []
    for _ in range(30):
        page = network.fetch(access, cursor)
        found += page.posts
        cursor = dict(page.cursor)
        if not page.has_more:
            return found, cursor
    raise AssertionError("The round does not end.")


def names(posts: list[IncomingPost]) -> list[str]:
    return [post.external_id.partition("@")[0] for post in posts]


def test_the_mailbox_is_known_and_says_who_may_write(server: MailServer) -> None:
    server.deliver(mail(1))
    found = network.identify(access_to(server))
    assert (found.external_id, found.faults) == ("board@example.com", ())
    assert len(network.identify(access_to(server, senders="")).faults) == 1


def test_what_came_since_is_read_once_and_in_order(server: MailServer) -> None:
    server.deliver(mail(1))
    found, cursor = round_of(access_to(server), {})
    assert found == []
    server.deliver(mail(2, "Grüße 🦊"))
    server.deliver(mail(3))
    found, cursor = round_of(access_to(server), cursor)
    assert names(found) == ["m2", "m3"]
    assert found[0].text == "Post 2\n\nGrüße 🦊"
    assert round_of(access_to(server), cursor) == ([], cursor)


def test_a_back_fill_goes_through_all_pages_and_no_further(server: MailServer) -> None:
    for number in range(60):
        server.deliver(mail(number), at=NOW - timedelta(hours=60 - number))
    since = NOW - timedelta(hours=40.5)
    found, cursor = round_of(access_to(server), dict(network.cursor_since(since)))
    assert names(found) == [f"m{number}" for number in range(20, 60)]
    server.deliver(mail(99))
    assert names(round_of(access_to(server), cursor)[0]) == ["m99"]


def test_a_mailbox_that_is_numbered_anew_loses_nothing(server: MailServer) -> None:
    server.deliver(mail(1), at=NOW - timedelta(days=9))
    server.deliver(mail(2), at=NOW - timedelta(hours=2))
    _, cursor = round_of(access_to(server), dict(network.cursor_since(NOW - timedelta(days=30))))
    server.renumber()
    server.deliver(mail(3))
    found, cursor = round_of(access_to(server), cursor)
    assert names(found) == ["m2", "m3"]
    assert round_of(access_to(server), cursor)[0] == []


def test_an_empty_mailbox_begins_with_its_first_message(server: MailServer) -> None:
    _, cursor = round_of(access_to(server), {})
    server.deliver(mail(1))
    assert names(round_of(access_to(server), cursor)[0]) == ["m1"]


def test_reading_marks_nothing(own: OwnServer) -> None:
    own.deliver(mail(1))
    round_of(access_to(own), dict(network.cursor_since(NOW - timedelta(days=1))))
    assert not [one for one in own.asked if one.startswith(("SELECT", "UID STORE"))]
    assert all("PEEK" in one for one in own.asked if one.startswith("UID FETCH"))


def test_of_a_large_message_the_beginning_is_read(server: MailServer) -> None:
    server.deliver(mail(1, "first words\r\n" + "x" * 3_000_000))
    (post,), _ = round_of(access_to(server), dict(network.cursor_since(NOW - timedelta(days=1))))
    assert post.text.startswith("Post 1\n\nfirst words")
    assert len(post.text) == 100_000


def test_a_wrong_password_is_expired_and_not_told(server: MailServer) -> None:
    with pytest.raises(errors.Expired) as caught:
        network.identify(access_to(server, password="hunter2"))
    assert "hunter2" not in caught.value.reason


def test_an_unknown_folder_is_named(server: MailServer) -> None:
    with pytest.raises(errors.Gone, match="Reviews"):
        network.identify(access_to(server, folder="Reviews"))


@pytest.mark.parametrize("settings", [{"security": "ssl"}, {"host": ""}, {"author_pattern": "(a"}])
def test_settings_that_cannot_work_are_refused(own: OwnServer, settings: dict[str, str]) -> None:
    with pytest.raises(errors.Refused):
        network.identify(access_to(own, **settings))
    assert own.asked == []


def test_a_password_never_travels_in_the_open(own: OwnServer) -> None:
    with pytest.raises(errors.Refused, match="encryption"):
        network.identify(replace(access_to(own), allow_private=False))


def test_a_private_address_is_not_asked(own: OwnServer) -> None:
    with pytest.raises(errors.Unreachable, match="public"):
        network.identify(replace(access_to(own, security="tls"), allow_private=False))
    assert own.asked == []


def test_a_server_without_encryption_is_not_trusted(own: OwnServer) -> None:
    for security in ("tls", "starttls"):
        with pytest.raises(errors.Unreachable):
            network.identify(access_to(own, security=security))
    assert not [one for one in own.asked if one.startswith("LOGIN")]


@pytest.mark.parametrize("command", ["EXAMINE", "UID SEARCH", "UID FETCH"])
@pytest.mark.parametrize("fault", ["NO [SERVERBUG] later", "BAD no", "CLOSE"])
def test_a_server_that_fails_is_asked_again_later(own: OwnServer, command: str, fault: str) -> None:
    own.deliver(mail(1))
    own.faults[command] = fault
    with pytest.raises(errors.NetworkError) as caught:
        round_of(access_to(own), dict(network.cursor_since(NOW - timedelta(days=1))))
    assert not isinstance(caught.value, errors.Expired)


def test_nobody_there_is_said_so(own: OwnServer) -> None:
    with pytest.raises(errors.Unreachable):
        network.identify(access_to(own, port="1"))


def test_messages_can_be_read_again_without_a_mailbox(own: OwnServer) -> None:
    own.deliver(mail(1, "Grüße 🦊"))
    cursor = network.cursor_since(NOW - timedelta(days=1))
    access = access_to(own)
    with tape.recording(access.secrets.values()) as kept:
        before = network.fetch(access, cursor).posts
    asked = len(own.asked)
    with tape.playing(kept.as_bytes()):
        again = network.fetch(replace(access, secrets={}), cursor).posts
    assert again == before
    assert len(own.asked) == asked


def test_one_message_that_says_nothing_stops_no_other(own: OwnServer) -> None:
    own.deliver(b"From: a@example.org\r\n\r\n\r\n")
    own.deliver(mail(2))
    page = network.fetch(access_to(own), network.cursor_since(NOW - timedelta(days=1)))
    assert names(list(page.posts)) == ["m2"]
    (part,) = page.refused
    again = network.parse_delivery(access_to(own), {}, part.raw)
    assert again.refused[0].reason == "holds neither a subject nor a text"
