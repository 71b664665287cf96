"""What a delivery may hold."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.connectors.types import ParseError, Verb
from inbox.connectors.webhook import parse_delivery, raws_of
from tests.inbox.webhooks.sender import a_post, body_of


def refusal(**changes: Any) -> tuple[str, str]:
    """Field and reason with which a post with `changes` is refused."""
    delivery = parse_delivery(body_of([a_post("good"), a_post("bad", **changes)]))
    assert [post.external_id for post in delivery.posts] == ["good"]
    (part,) = delivery.refused
    return part.field, part.reason


def text_of(raw: bytes) -> str:
    """The text of a post whose text is `raw` in JSON."""
    post = b'{"external_id": "1", "posted_at": "2026-03-01T12:00:00Z", "text": "' + raw + b'"}'
    return parse_delivery(b'{"posts": [' + post + b"]}").posts[0].text


def test_every_field_is_read() -> None:
    sent = a_post(
        "p9",
        verb="add",
        posted_at="2026-03-01T12:00:00+01:00",
        edited_at="2026-03-01T12:05:00Z",
        parent_external_id=77,
        kind="comment",
        is_private=True,
        is_own=True,
        language="de-AT",
        url="https://forum.example/9",
        rating=4,
        counts={"like": 3},
        attachments=[{"type": "image", "url": "https://forum.example/9.png", "alt": "A box"}],
        author={"external_id": 12, "handle": "sam", "name": "Sam", "url": "", "followers": 9},
    )
    (post,) = parse_delivery(body_of([sent])).posts
    assert (post.parent_external_id, post.kind, post.language) == ("77", "comment", "de")
    assert (post.is_private, post.is_own, post.rating) == (True, True, 4)
    assert post.posted_at == datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert post.author is not None
    assert (post.author.external_id, post.author.followers) == ("12", 9)
    assert post.counts == {"like": 3}
    assert post.attachments[0]["alt"] == "A box"


def test_unknown_fields_are_ignored() -> None:
    (post,) = parse_delivery(
        body_of([a_post(mood="sour", author={"external_id": "u", "age": 4})])
    ).posts
    assert post.external_id == "p1"


def test_deletions_and_counts_need_an_id_alone() -> None:
    body = body_of([{"verb": "delete", "external_id": "a"}, {"verb": "count", "external_id": "b"}])
    assert [post.verb for post in parse_delivery(body).posts] == [Verb.DELETE, Verb.COUNT]


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"external_id": None}, "external_id", "is missing"),
        ({"external_id": " "}, "external_id", "is empty"),
        ({"external_id": "x" * 301}, "external_id", "longer than 300"),
        ({"external_id": "a\x00b"}, "external_id", "characters"),
        ({"external_id": True}, "external_id", "must be a text"),
        ({"posted_at": None}, "posted_at", "is missing"),
        ({"posted_at": "yesterday"}, "posted_at", "ISO 8601"),
        ({"posted_at": "2026-03-01T12:00:00"}, "posted_at", "no offset"),
        ({"posted_at": 1772366400}, "posted_at", "ISO 8601"),
        ({"posted_at": "0001-01-01T00:00:00+14:00"}, "posted_at", "calendar"),
        ({"verb": "shout"}, "verb", "add, delete, hide, show, count"),
        ({"verb": ["add"]}, "verb", "add, delete, hide, show, count"),
        ({"kind": "poem"}, "kind", "post, comment"),
        ({"text": 5}, "text", "must be a text"),
        ({"text": "x" * 100_001}, "text", "longer"),
        ({"url": "javascript:alert(1)"}, "url", "http"),
        ({"url": "http://[::1"}, "url", "address"),
        ({"rating": 6}, "rating", "between 1 and 5"),
        ({"rating": True}, "rating", "whole number"),
        ({"is_own": "yes"}, "is_own", "true or false"),
        ({"author": "sam"}, "author", "must be an object"),
        ({"author": {"handle": "sam"}}, "author.external_id", "is missing"),
        ({"author": {"external_id": "u", "followers": 2**40}}, "author.followers", "between"),
        ({"counts": {"like": -1}}, "counts.like", "between"),
        ({"counts": [1]}, "counts", "must be an object"),
        ({"attachments": [{"type": "image"}]}, "attachments[0].url", "is missing"),
        ({"attachments": {}}, "attachments", "list"),
    ],
)
def test_a_bad_field_is_named(changes: dict[str, Any], field: str, reason: str) -> None:
    found_field, found_reason = refusal(**changes)
    assert found_field == f"posts[1].{field}"
    assert reason in found_reason


def test_what_the_database_cannot_store_is_cleaned_from_texts() -> None:
    assert text_of(rb"a\u0000b\ud83d") == "ab�"


def test_escapes_and_emoji_are_text() -> None:
    assert text_of(rb"Gr\u00fc\u00dfe \ud83e\udd50") == "Grüße 🥐"


def test_a_refused_post_keeps_its_own_bytes() -> None:
    odd = '{ "external_id" : "x",  "text": "Grüße \\u00e4", "posted_at": 1e0 }'
    body = f'{{"v": [1, {{"posts": 2}}], "posts" : [ {odd} , {json.dumps(a_post())}] , "n": null}}'
    (part,) = parse_delivery(body.encode()).refused
    assert part.raw == odd.encode()


@given(st.lists(st.dictionaries(st.text(), st.integers() | st.text()), max_size=6), st.booleans())
def test_the_bytes_of_each_post_are_found(items: list[dict[str, Any]], indented: bool) -> None:
    body = json.dumps({"a": items, "posts": items, "z": 1}, indent=2 if indented else None).encode()
    assert [json.loads(raw) for raw in raws_of(body).values()] == items


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "must be an object"),
        (b'{"posts": {}}', "must be a list"),
        (b"{}", "must be a list"),
        (b'{"text": "caf\xe9"}', "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"posts": [' + b"1" * 5000 + b"]}", "not JSON"),
        (json.dumps({"posts": [1] * 1001}).encode(), "at most 1000"),
    ],
)
def test_a_body_without_posts_is_refused_whole(body: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse_delivery(body)


def test_a_byte_order_mark_is_no_fault() -> None:
    assert parse_delivery(b"\xef\xbb\xbf" + body_of([a_post()])).posts[0].external_id == "p1"


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(body: bytes) -> None:
    with suppress(ParseError):
        parse_delivery(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["external_id", "text", "author", "posted_at", "verb", "counts", "url"]
                ),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_no_json_breaks_the_parser(payload: Any) -> None:
    delivery = parse_delivery(body_of([payload]))
    assert len(delivery.posts) + len(delivery.refused) == 1
