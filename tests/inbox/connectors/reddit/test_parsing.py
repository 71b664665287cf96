"""What Reddit's things say."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.connectors.reddit.parsing import read_thing
from inbox.connectors.types import IncomingPost, ParseError, Verb

COMMENT: dict[str, Any] = {
    "name": "t1_k2", "body": "Still *cold* & <b>", "author": "sam", "created_utc": 1772366400.0,
    "parent_id": "t1_k1", "link_id": "t3_abc", "permalink": "/r/bakery/comments/abc/oven/k2/",
    "edited": False, "score": 4,
}  # fmt: skip
POST: dict[str, Any] = {
    "name": "t3_abc", "title": "The oven", "selftext": "", "author": "sam", "is_self": False,
    "url": "https://example.com/oven.png", "post_hint": "image", "created_utc": 1772366400.0,
    "permalink": "/r/bakery/comments/abc/oven/", "edited": False, "removed_by_category": None,
}  # fmt: skip


def posts(kind: str, data: dict[str, Any], **changes: Any) -> list[IncomingPost]:
    return list(read_thing({"kind": kind, "data": data | changes}, "x", account="Kestrel"))


def test_a_comment_is_read_whole() -> None:
    (post,) = posts("t1", COMMENT)
    assert (post.external_id, post.parent_external_id, post.kind) == ("t1_k2", "t1_k1", "comment")
    assert post.text == "Still *cold* & <b>"
    assert post.posted_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert post.author is not None
    assert post.author.url == "https://www.reddit.com/user/sam"
    assert post.url == "https://www.reddit.com/r/bakery/comments/abc/oven/k2/"
    assert (post.details, post.counts) == ({"link": "t3_abc"}, {"score": 4})


def test_an_edit_has_its_time() -> None:
    (post,) = posts("t1", COMMENT, edited=1772370000.0)
    assert post.edited_at == datetime(2026, 3, 1, 13, tzinfo=UTC)


def test_a_link_or_picture_comes_along() -> None:
    (post,) = posts("t3", POST)
    assert (post.text, post.kind) == ("The oven", "post")
    assert post.attachments == (
        {"type": "image", "url": "https://example.com/oven.png", "alt": ""},
    )
    assert posts("t3", POST, url="javascript:alert(1)")[0].attachments == ()


def test_a_comment_of_the_inbox_finds_its_post_in_its_address() -> None:
    told = {
        "link_id": None,
        "permalink": None,
        "context": "/r/bakery/comments/abc/oven/k2/?context=3",
    }
    (post,) = posts("t1", COMMENT, **told, type="username_mention")
    assert (post.details["link"], post.kind) == ("t3_abc", "mention")


@pytest.mark.parametrize(
    ("kind", "change", "verbs"),
    [
        ("t1", {"body": "[deleted]", "author": "[deleted]"}, [Verb.DELETE]),
        ("t1", {"body": "[removed]"}, [Verb.HIDE]),
        ("t3", {"removed_by_category": "deleted"}, [Verb.DELETE]),
        ("t3", {"removed_by_category": "moderator"}, [Verb.ADD, Verb.HIDE]),
        ("t3", {"removed_by_category": "reddit", "selftext": "[removed]"}, [Verb.HIDE]),
    ],
)
def test_removed_is_hidden_and_deleted_is_deleted(
    kind: str, change: dict[str, Any], verbs: list[Verb]
) -> None:
    found = posts(kind, COMMENT if kind == "t1" else POST, **change)
    assert [post.verb for post in found] == verbs


def test_a_message_has_its_subject_once() -> None:
    told = {"name": "t4_2", "subject": "Order", "body": "Where?", "author": "sam",
            "created_utc": 1772366400.0}  # fmt: skip
    (first,) = posts("t4", told)
    (second,) = posts("t4", told | {"first_message_name": "t4_1", "parent_id": "t4_1"})
    assert (first.text, second.text) == ("Order\n\nWhere?", "Where?")
    assert (second.parent_external_id, second.details) == ("t4_1", {"conversation": "t4_1"})


def test_our_own_is_known_in_any_case() -> None:
    assert posts("t1", COMMENT, author="kestrel")[0].is_own


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(["t1", "t3", "t4"]), changes=st.dictionaries(
    st.sampled_from([*COMMENT, *POST, "context", "subject", "first_message_name", "type"]),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
    | st.lists(st.text(max_size=3), max_size=2) | st.dictionaries(st.text(max_size=2), st.none()),
))  # fmt: skip
def test_any_thing_is_read_or_refused(kind: str, changes: dict[str, Any]) -> None:
    try:
        found = posts(kind, COMMENT | POST, **changes)
    except ParseError:
        return
    assert all(0 < len(post.external_id) <= 300 for post in found)


def test_what_is_no_post_is_left_out_and_what_has_no_time_refused() -> None:
    assert posts("t5", COMMENT) == []
    with pytest.raises(ParseError, match="missing"):
        posts("t1", COMMENT, created_utc=None)
