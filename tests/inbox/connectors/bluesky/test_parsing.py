"""Posts of Bluesky's views, also of those that no app of theirs would write."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.connectors.bluesky.parsing import post_of
from inbox.connectors.types import ParseError

US = "did:plc:us"
URI = "at://did:plc:ana/app.bsky.feed.post/3k"
NAMES = st.sampled_from([
    "uri", "cid", "author", "did", "handle", "displayName", "record", "text", "createdAt", "langs",
    "facets", "features", "reply", "root", "parent", "embed", "images", "fullsize", "alt", "media",
    "external", "title", "playlist", "thumbnail", "value", "indexedAt", "likeCount", "viewer",
])  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.just("2026-01-01T00:00:00Z"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)


def view(record: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A view of Ana's post."""
    record = {"text": "Hi", "createdAt": "2026-03-01T12:00:00Z", **(record or {})}
    author = {"did": "did:plc:ana", "handle": "ana.bsky.social"}
    return {"uri": URI, "cid": "c1", "author": author, "record": record,
            "indexedAt": "2026-03-01T12:00:05Z", **more}  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(item=VALUES, record=st.dictionaries(NAMES, VALUES), more=st.dictionaries(NAMES, VALUES))
def test_anything_is_read_or_refused(
    item: Any, record: dict[str, Any], more: dict[str, Any]
) -> None:
    for one in (item, view(record), view() | more):
        try:
            found = post_of(one, "post", account=US)
        except ParseError:
            continue
        assert found.external_id
        assert found.posted_at


@pytest.mark.parametrize(
    ("claimed", "taken"),
    [
        ("2026-03-01T11:00:00.123456789Z", "2026-03-01T11:00:00"),
        ("2031-01-01T00:00:00Z", "2026-03-01T12:00:05"),
        ("yesterday", "2026-03-01T12:00:05"),
    ],
)
def test_nobody_writes_after_the_network_had_it(claimed: str, taken: str) -> None:
    found = post_of(view({"createdAt": claimed}), "post", account=US)
    assert found.posted_at is not None
    assert found.posted_at.isoformat().startswith(taken)


def test_pictures_beside_a_quote_come_with_their_words() -> None:
    embed = {
        "media": {"images": [{"fullsize": "https://cdn.example/1.jpg", "alt": "A torn box"}]},
        "record": {"record": {"uri": "at://did:plc:us/app.bsky.feed.post/q", "author": {"did": US},
                              "value": {"text": "Our parcels"}}},
    }  # fmt: skip
    found = post_of(view(embed=embed), "post", account=US)
    assert found.kind == "mention"
    assert [(one["type"], one["alt"]) for one in found.attachments] == [
        ("image", "A torn box"), ("link", "Our parcels"),
    ]  # fmt: skip


def test_a_links_address_that_could_run_is_left_out() -> None:
    facets = [{"features": [{"uri": "javascript:alert(1)"}]}]
    assert post_of(view({"facets": facets}), "post", account=US).attachments == ()
