"""What a notification by e-mail says, however it is written."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.connectors.email.mailbox import Stored
from inbox.connectors.email.parsing import posts_of, trimmed
from inbox.connectors.types import IncomingPost, ParseError

ARRIVED = datetime(2026, 3, 2, tzinfo=UTC)
OWN = "board@example.com"
REVIEW = """Hello,

New review by Sam Poe on https://stores.example/app/7 (2 of 5 stars):

The crust is burnt.
Never again.

You receive this because you own the app. Unsubscribe: https://stores.example/off
"""


def written(text: str = "Still cold", **headers: str) -> EmailMessage:
    message = EmailMessage()
    told = {"From": "Sam Poe <sam@example.org>", "Subject": "The oven",
            "Message-ID": "<m1@example.org>", "Date": "Sun, 01 Mar 2026 13:00:00 +0100",
            **{name.replace("_", "-"): value for name, value in headers.items()}}  # fmt: skip
    for name, value in told.items():
        if value:
            message[name] = value
    message.set_content(text)
    return message


def read(message: EmailMessage | bytes, **configured: str) -> list[IncomingPost]:
    raw = message if isinstance(message, bytes) else message.as_bytes()
    return list(posts_of(Stored(1, ARRIVED, raw), "m", settings=configured, account=OWN))


def only(message: EmailMessage | bytes, **configured: str) -> IncomingPost:
    (post,) = read(message, **configured)
    return post


def test_a_message_is_read_whole() -> None:
    post = only(written("Still cold & <b>\n🦊 مرحبا"))
    assert post.external_id == "m1@example.org"
    assert post.text == "The oven\n\nStill cold & <b>\n🦊 مرحبا"
    assert post.posted_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert post.author is not None
    assert (post.author.external_id, post.author.name) == ("sam@example.org", "Sam Poe")
    assert (post.kind, post.parent_external_id) == ("post", "")


def test_an_answer_hangs_under_what_it_answers() -> None:
    told = {"In_Reply_To": "<m0@example.org>", "References": "<a@x> <b@x>"}
    post = only(written(**told))
    assert (post.parent_external_id, post.kind, post.text) == (
        "m0@example.org", "comment", "Still cold",
    )  # fmt: skip
    assert only(written(References="<a@x> <b@x>")).parent_external_id == "b@x"


def test_without_an_id_the_bytes_are_it_and_without_a_time_the_arrival() -> None:
    bare = written(Message_ID="", Date="yesterday")
    assert only(bare).external_id == only(bare).external_id
    assert only(bare).external_id.startswith("sha256:")
    assert only(bare).posted_at == ARRIVED


def test_a_review_is_freed_of_its_frame() -> None:
    post = only(
        written(REVIEW, Subject="A new review"),
        cut_before=r"stars\):", cut_after=r"You receive this because",
        author_pattern=r"New review by (.+?) on", link_pattern=r"on (https://stores\S+)",
        rating_pattern=r"\((\d) of 5 stars",
    )  # fmt: skip
    assert post.text == "A new review\n\nThe crust is burnt.\nNever again."
    assert post.author is not None
    assert (post.author.external_id, post.author.name) == ("sam poe", "Sam Poe")
    assert (post.url, post.rating) == ("https://stores.example/app/7", 2)


def test_patterns_that_do_not_fit_take_nothing_away() -> None:
    post = only(
        written(REVIEW), cut_before="Guten Tag", cut_after="Ende", author_pattern="von (.+)"
    )
    assert "The crust is burnt." in post.text
    assert post.author is not None
    assert post.author.name == "Sam Poe"
    assert post.rating is None


@pytest.mark.parametrize("link", ["javascript:alert(1)", "https://" + "x" * 2000, "//x"])
def test_a_link_that_is_none_is_left_out(link: str) -> None:
    assert only(written(f"See {link} here"), link_pattern=r"See (\S+) here").url == ""


@pytest.mark.parametrize(
    "quote",
    [
        "On Sun, 1 Mar 2026 at 12:00, Kestrel wrote:\n> We are on it",
        "Am 01.03.2026 um 12:00 schrieb Kestrel:\n> Wir kümmern uns",
        "> We are on it",
        "-----Original Message-----\nFrom: Kestrel",
        "-- \nSam Poe\n+1 555 0100",
    ],
)
def test_what_was_said_before_is_left_out(quote: str) -> None:
    assert trimmed(f"Still cold\n\n{quote}\n", {}) == "Still cold"


def test_a_message_of_quotes_alone_is_kept() -> None:
    assert trimmed("> We are on it", {}) == "> We are on it"


def test_of_both_forms_the_plain_one_is_read() -> None:
    message = written("plain words")
    message.add_alternative("<p>html words</p>", subtype="html")
    assert only(message).text == "The oven\n\nplain words"


def test_html_alone_is_read_as_text() -> None:
    message = written()
    message.set_content("<p>Still <b>cold</b><script>alert(1)</script></p>", subtype="html")
    assert only(message).text == "The oven\n\nStill cold"


def test_attachments_are_named() -> None:
    message = written()
    message.add_attachment(b"x", maintype="image", subtype="png", filename="burnt löaf.png")
    post = only(message)
    assert post.text.endswith("[burnt löaf.png]")
    assert post.details["files"] == ["burnt löaf.png"]


@pytest.mark.parametrize(
    ("charset", "text"), [("iso-8859-1", "Grüße"), ("shift_jis", "焼き立て"), ("koi8-r", "хлеб")]
)
def test_charsets_are_understood(charset: str, text: str) -> None:
    head = f"From: a@x.org\r\nSubject: s\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"
    assert only(head.encode() + text.encode(charset)).text == f"s\n\n{text}"


@pytest.mark.parametrize("charset", ["zip", "rot13", "nonsense", "'utf-8", "utf-16"])
def test_a_charset_that_is_none_loses_no_message(charset: str) -> None:
    head = f"From: a@x.org\r\nSubject: s\r\nContent-Type: text/plain; charset={charset}\r\n\r\nhi"
    assert only(head.encode()).text.startswith("s")


def test_subjects_are_decoded_and_broken_ones_kept() -> None:
    assert only(written(Subject="=?utf-8?b?R3LDvMOfZSDwn6aK?=")).text.startswith("Grüße 🦊")
    assert only(b"From: a@x.org\r\nSubject: =?utf-8?b?R3L!!\r\n\r\nhi").text.startswith("=?utf-8")


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"X_Autoreply": "yes"},
        {"Precedence": "auto_reply"},
        {"From": "MAILER-DAEMON@example.org", "Return_Path": "<>"},
        {"From": f"Us <{OWN}>"},
    ],
)
def test_automatic_answers_bounces_and_our_own_mail_are_no_posts(headers: dict[str, str]) -> None:
    assert read(written(**headers)) == []


def test_a_delivery_report_is_no_post() -> None:
    raw = written().as_bytes().replace(b"text/plain", b"multipart/report; boundary=x", 1)
    assert read(raw) == []


def test_a_boards_notification_is_one() -> None:
    told = {"Auto_Submitted": "auto-generated", "List_Id": "Forum <forum.example.org>",
            "Precedence": "bulk"}  # fmt: skip
    assert only(written(**told)).details["list"] == "Forum <forum.example.org>"


@pytest.mark.parametrize("senders", ["example.org", "@example.org", "x.com, sam@example.org"])
def test_only_those_who_are_named_get_in(senders: str) -> None:
    assert read(written(), senders=senders)
    assert read(written(From="eve@example.org.evil.net"), senders=senders) == []


def test_nothing_said_is_refused() -> None:
    with pytest.raises(ParseError):
        read(written("", Subject=""))


def nested(depth: int) -> bytes:
    """Parts in parts in parts."""
    heads = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth)
    )
    return f"From: a@x.org\r\nSubject: bomb\r\n{heads}\r\n{'word ' * 100_000}".encode()


@pytest.mark.parametrize(
    "raw",
    [
        nested(5_000),
        nested(19),
        b"From: a@x.org\r\nSubject: bomb\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        + b"--b\r\n\r\nx\r\n" * 100_000,
        b"From: a@x.org\r\nSubject: bomb\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 300_000,
        b"From: a@x.org\r\nSubject: bomb\r\n" + b"X-A: b\r\n" * 100_000 + b"\r\nhi",
        b"From: " + b"(" * 100_000 + b"\r\nSubject: bomb\r\n\r\nhi",
        b"From: a@x.org\r\nSubject: " + b"=?utf-8?q?a?= " * 50_000 + b"\r\n\r\nbomb",
        b"From: a@x.org\r\nSubject: bomb\r\nReferences: " + b"<" * 500_000 + b"\r\n\r\nhi",
        b"From: a@x.org\r\nSubject: bomb\r\n\r\n" + b"On " + b"wrote" * 300_000,
    ],
    ids=["deep", "nineteen", "many parts", "html", "headers", "comments", "words", "ids", "quote"],
)
def test_a_message_built_to_hurt_is_read_in_time(raw: bytes) -> None:
    began = time.monotonic()
    post = only(raw[:2_000_000])
    assert time.monotonic() - began < 5
    assert "bomb" in post.text or post.text.startswith("a")


def test_a_pattern_built_to_hang_does_not() -> None:
    began = time.monotonic()
    only(written("a" * 50_000), cut_after=r"(a+)+$b", author_pattern=r"((a*)*)*b")
    assert time.monotonic() - began < 5


FIELDS = st.sampled_from([
    "From", "Subject", "Date", "Message-ID", "References", "Content-Type", "MIME-Version",
    "Content-Transfer-Encoding", "Content-Disposition", "Auto-Submitted", "Return-Path",
])  # fmt: skip
WORDS = st.sampled_from([
    "multipart/mixed; boundary=b", "message/rfc822", "text/html; charset=zip", "base64",
    "x-uuencode", "=?utf-8?b?!!?=", "=?x?q?=ff?=", "attachment; filename*=utf-8''%ff", "<a@b>",
    "a@b", '"',
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    heads=st.lists(st.tuples(FIELDS, WORDS | st.text(max_size=12)), max_size=8),
    body=st.binary(max_size=60) | st.just(b"--b\r\n\r\nhi\r\n--b--"),
)
def test_any_message_is_read_or_refused(heads: list[Any], body: bytes) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in heads)
    try:
        found = read(head.encode("utf-8", "surrogatepass") + b"\r\n" + body)
    except ParseError:
        return
    assert all(0 < len(post.external_id) <= 300 for post in found)
