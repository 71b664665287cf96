"""Whatever a network sends is kept as it is, or refused as a whole with the place of the fault."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.utils import timezone as clock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inbox.connectors.types import IncomingAuthor, IncomingPost, ParseError, Verb
from inbox.models import Channel, Contact, Post, Ticket
from inbox.services.receive import receive
from tests.inbox.receive.conftest import minutes, post
from tests.inbox.receive.test_any_order import a_channel

pytestmark = pytest.mark.django_db

HOSTILE = {
    "right to left": "شحنة \u202eمتأخرة\u202c \u200f!",
    "zero width": "par\u200bcel\u200d\ufeff",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 \U0001f9c1" * 20,
    "combining": "Z̸̢̛a̷l̶g̴o̵" * 50,
    "quotes": """'; DROP TABLE inbox_post; -- \\ \\' %s %(a)s {x} $1 \\x00 \\N""",
    "spaces": " \t\r\n leading and trailing \n\n ",
    "controls": "bell \x07 escape \x1b delete \x7f",
    "long": "Brötchen " * 5600,
    "one word": "x" * 60_000,
    "many words": " ".join(chr(0x20000 + n) for n in range(40_000)),
    "html": "<script>alert(1)</script>&amp;",
    "empty": "",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_text_is_kept_to_the_byte(channel: Channel, text: str) -> None:
    receive(channel, [post("a", text)])
    assert Post.objects.get().text == text
    assert receive(channel, [post("a", text)]).duplicates == 1


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_any_text_is_kept_to_the_byte(text: str) -> None:
    channel = a_channel()
    receive(channel, [post(f"p{text[:50]}", text)])
    assert Post.objects.get(channel=channel).text == text


def test_what_postgresql_refuses_is_replaced(channel: Channel) -> None:
    receive(
        channel,
        [
            post(
                "a\x00",
                "nul \x00 lone \ud83d pair \ud83d\ude00",
                attachments=({"alt": "n\x00ul \udc00", "size": float("nan")},),
                author=IncomingAuthor("u\x00", name="\udc00Rosa\x00"),
            )
        ],
    )
    kept = Post.objects.get()
    assert (kept.external_id, kept.text) == ("a", "nul  lone \ufffd pair \U0001f600")
    assert kept.attachments == [{"alt": "nul \ufffd", "size": None}]
    assert Contact.objects.get().name == "\ufffdRosa"


FAULTS: dict[str, dict[str, Any]] = {
    "external_id": {"name": "x" * 301},
    "parent_external_id": {"under": "x" * 301},
    "author.external_id": {"author": IncomingAuthor("x" * 201)},
    "author.handle": {"author": IncomingAuthor("u", handle="x" * 201)},
    "author.url": {"author": IncomingAuthor("u", url="https://x.example/" + "x" * 500)},
    "url": {"url": "https://x.example/" + "x" * 1000},
    "text": {"text": "x" * 100_001},
    "kind": {"kind": "telegram"},
    "rating": {"rating": 6},
    "posted_at": {"posted_at": None},
    "edited_at": {"edited_at": datetime(2026, 3, 2)},  # noqa: DTZ001
    "counts.like": {"counts": {"like": -1}},
    "attachments": {"attachments": ({"alt": object()},)},
}


@pytest.mark.parametrize("field", FAULTS)
def test_what_cannot_be_kept_is_refused_with_its_place(channel: Channel, field: str) -> None:
    fault = {"name": "b", **FAULTS[field]}
    with pytest.raises(ParseError) as refused:
        receive(channel, [post("a"), post(fault.pop("name"), **fault)])
    assert refused.value.field == f"posts[1].{field}"
    assert refused.value.reason.startswith(f"{field} ")
    assert not Post.objects.exists(), "nothing is half written"


def test_missing_id_is_refused(channel: Channel) -> None:
    with pytest.raises(ParseError, match="external_id is missing"):
        receive(channel, [post("\x00")])


def test_far_future_counts_as_now(channel: Channel) -> None:
    receive(channel, [post("a", posted_at=datetime(9999, 12, 31, 23, tzinfo=UTC))])
    told = Post.objects.get()
    assert abs(clock.now() - told.posted_at) < timedelta(minutes=1)
    assert Ticket.objects.get().events.order_by("pk")[0].data["claimed_at"].startswith("9999-12-31")
    again = post("a", posted_at=datetime(9999, 12, 31, 23, tzinfo=UTC))
    assert receive(channel, [again]).duplicates == 1


def test_clocks_may_be_a_little_ahead(channel: Channel) -> None:
    soon = clock.now() + timedelta(hours=3)
    receive(channel, [post("a", posted_at=soon)])
    assert Post.objects.get().posted_at == soon


def test_year_one_counts_as_1970(channel: Channel) -> None:
    east = timezone(timedelta(hours=14))
    receive(channel, [post("a", posted_at=datetime(1, 1, 1, tzinfo=east))])
    assert Post.objects.get().posted_at == datetime(1970, 1, 1, tzinfo=UTC)


def test_edit_of_the_far_future_is_an_edit_of_now(channel: Channel) -> None:
    receive(channel, [post("a")])
    edit = post("a", "My cake!", edited_at=datetime(9000, 1, 1, tzinfo=UTC))
    receive(channel, [edit])
    assert receive(channel, [edit]).duplicates == 1
    receive(channel, [post("a", "My pie!", edited_at=clock.now() + timedelta(minutes=1))])
    assert Post.objects.get().text == "My pie!"


def test_language_is_told_and_chooses_the_stemmer(channel: Channel) -> None:
    german = "Guten Tag, wo bleibt denn meine Bestellung von letzter Woche?"
    receive(channel, [post("a", german), post("b", "ok", language="sv-SE", at=1)])
    told = {one.external_id: (one.language, one.search_config) for one in Post.objects.all()}
    assert told == {"a": ("de", "german"), "b": ("sv", "swedish")}


def test_contacts_are_known_by_id_and_refreshed_when_they_change(channel: Channel) -> None:
    receive(channel, [post("a", author=IncomingAuthor("u1", handle="rosa", name="Rosa"))])
    receive(channel, [post("b", author=IncomingAuthor("u1", name="Rosa B.", followers=9))])
    contact = Contact.objects.get()
    assert (contact.handle, contact.name, contact.followers) == ("rosa", "Rosa B.", 9)


def test_contact_without_an_id_is_known_by_handle(channel: Channel) -> None:
    for name, handle in (("a", "@Rosa"), ("b", "rosa")):
        receive(channel, [post(name, author=IncomingAuthor("", handle=handle))])
    assert Contact.objects.get().external_id == "rosa"


@pytest.mark.parametrize("author", [None, IncomingAuthor("", name="Somebody")])
def test_nobody_is_no_contact(channel: Channel, author: IncomingAuthor | None) -> None:
    receive(channel, [post("a", author=author)])
    assert Ticket.objects.get().contact is None
    assert not Contact.objects.exists()


def test_more_followers_than_a_column_holds_are_cut(channel: Channel) -> None:
    receive(channel, [post("a", author=IncomingAuthor("u1", followers=10**12))])
    assert Contact.objects.get().followers == 2**31 - 1


def test_deletion_without_a_time_is_of_now(channel: Channel) -> None:
    receive(channel, [post("a"), IncomingPost("a", verb=Verb.DELETE)])
    assert abs(clock.now() - (Post.objects.get().deleted_at or minutes(0))) < timedelta(minutes=1)
