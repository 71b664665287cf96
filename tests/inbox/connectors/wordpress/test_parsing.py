"""Comments of a blog, also those that no blog would tell so."""

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.connectors import errors
from inbox.connectors.base import Access
from inbox.connectors.http import Reply
from inbox.connectors.types import OutgoingPost, ParseError
from inbox.connectors.wordpress import WordPress
from inbox.connectors.wordpress.client import Duplicate, fault_of
from inbox.connectors.wordpress.parsing import article_of, collection_of, comment_of

NAMES = st.sampled_from(["id", "post", "parent", "author", "author_name", "author_email", "content",
                         "raw", "rendered", "date_gmt", "link", "status", "title"])  # fmt: skip
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=8) | st.just("2026-01-01T00:00:00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


def told(raw: str = "Hi", rendered: str = "<p>Hi</p>", **more: Any) -> dict[str, Any]:
    return {"id": 7, "post": 4, "parent": 0, "author": 0, "author_name": "Ana &amp; Bo",
            "author_email": "Ana@Example.com", "date_gmt": "2026-03-01T12:00:00", "link": "",
            "content": {"raw": raw, "rendered": rendered}, **more}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(item=VALUES, more=st.dictionaries(NAMES, VALUES))
def test_anything_is_read_or_refused(item: Any, more: dict[str, Any]) -> None:
    for one in (item, told() | more):
        collection_of(one)
        for is_article in (False, True):
            try:
                found = article_of(one, "a") if is_article else comment_of(one, "c", account="1")
                assert found.external_id
            except ParseError:
                continue


@pytest.mark.parametrize(
    ("raw", "rendered", "text"),
    [
        ("Where is\r\nit? &amp; 🦊", "x", "Where is\nit? & 🦊"),
        ("<b>Now</b>", "<p><b>Now</b></p><script>x()</script>", "Now"),
        ("a &lt; b", "x", "a < b"),
    ],
)
def test_a_comments_words_are_text(raw: str, rendered: str, text: str) -> None:
    assert comment_of(told(raw, rendered), "c", account="1").text == text


def test_a_reader_is_known_by_their_address_which_is_not_kept() -> None:
    first = comment_of(told(), "c", account="1").author
    again = comment_of(told(author_email="ana@example.com "), "c", account="1").author
    other = comment_of(told(author_email="bo@example.com"), "c", account="1").author
    assert first is not None
    assert first == again != other
    assert first.name == "Ana & Bo"
    assert "example" not in repr(first)


@pytest.mark.parametrize(
    ("status", "code", "meant"),
    [
        (401, "incorrect_password", errors.Expired),
        (401, "rest_not_logged_in", errors.Expired),
        (401, "rest_forbidden_context", errors.Forbidden),
        (404, "rest_comment_invalid_id", errors.Gone),
        (410, "rest_already_trashed", errors.Gone),
        (409, "comment_duplicate", Duplicate),
        (429, "comment_flood", errors.Limited),
        (400, "comment_content_column_length", errors.TooLong),
    ],
)
def test_an_error_means_what_the_blog_says(status: int, code: str, meant: type) -> None:
    body = httpx.Response(status, json={"code": code, "message": "<p>Said &#8217;so</p>"})
    found = fault_of(Reply(status, body.headers, body.content))
    assert type(found) is meant


def test_a_blog_that_moved_says_where_to() -> None:
    reply = Reply(301, httpx.Headers({"location": "https://new.example/x?secret=1"}), b"")
    found = fault_of(reply)
    assert found is not None
    assert found.reason == "moved to https://new.example: enter that address"


def test_what_is_too_long_or_private_is_refused_here() -> None:
    blog = WordPress()
    for out, meant in (
        (OutgoingPost("ä" * 33_000, "7"), errors.TooLong),
        (OutgoingPost("a", "7", is_private=True), errors.Refused),
    ):
        with pytest.raises(meant):
            blog.publish(Access("https://blog.example"), out, idempotency_key="k")
