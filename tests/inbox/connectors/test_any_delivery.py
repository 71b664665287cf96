"""Whatever a network sends, parsing ends well, and its order and batches change nothing."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.connectors.base import Access, Network
from inbox.connectors.discourse import Discourse
from inbox.connectors.facebook import Facebook
from inbox.connectors.instagram import Instagram
from inbox.connectors.linkedin import LinkedIn
from inbox.connectors.linkedin.parsing import KIND
from inbox.connectors.types import Delivery, ParseError
from inbox.connectors.x import X

NETWORKS = [Facebook(), Instagram(), X(), Discourse(), LinkedIn()]
each = pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.slug)
# The names and words the parsers look for, so that chance gets past the envelope.
NAMES = st.sampled_from([
    "object", "entry", "id", "time", "changes", "field", "value", "item", "verb", "messaging",
    "standby", "sender", "recipient", "message", "mid", "timestamp", "attachments", "payload",
    "url", "from", "comment_id", "post_id", "parent_id", "created_time", "media", "message_edit",
    "postback", "reply_to", "story", "published", "photos", "rating", "open_graph_story_id",
    "for_user_id", "tweet_create_events", "tweet_delete_events", "direct_message_events", "users",
    "data", "event_type", "includes", "filter", "user_id", "author_id", "text", "created_at",
    "entities", "urls", "expanded_url", "edit_history_tweet_ids", "referenced_tweets", "type",
    "notificationId", "action", "generatedActivity", "sourcePost", "organizationalEntity",
    "status", "message_create", "sender_id", "post", "topic", "event", "topic_id", "post_number",
    "post_type", "user_id", "username", "raw", "cooked", "version", "actions_summary", "hidden",
])  # fmt: skip
WORDS = st.sampled_from([
    "page", "instagram", "feed", "mention", "ratings", "comments", "mentions", "messages",
    "comment", "reaction", "post", "add", "edited", "remove", "hide", "post.create",
    "post.delete", "dm.received", "dm.sent", "replied_to", "1", "1760000000", "COMMENT_DELETE",
    "SHARE_MENTION", "post_destroyed",
    "topic_destroyed", "topic_recovered",
])  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)
MAPS = st.dictionaries(NAMES, VALUES, max_size=8)


def parse(network: Network, body: Any) -> Delivery:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return network.parse_delivery(Access(""), {}, raw)


@each
@settings(max_examples=40, deadline=None)
@given(body=st.binary(max_size=50) | VALUES | MAPS, inner=MAPS)
def test_any_body_is_read_or_refused(network: Network, body: Any, inner: dict[str, Any]) -> None:
    wrapped: list[Any] = [body]
    if not isinstance(body, bytes):
        for kind, field in (("page", "feed"), ("page", "ratings"), ("instagram", "comments")):
            change = {"field": field, "value": inner}
            entry = {"id": "1", "time": 1, "changes": [change, body], "messaging": [inner, body]}
            wrapped.append({"object": kind, "entry": [entry, body]})
        events = {"tweet_create_events": [inner, body], "direct_message_events": [inner]}
        wrapped.append({"for_user_id": "1", "tweet_delete_events": [body], **events})
        wrapped += [{"data": {"event_type": kind, "payload": inner, "includes": body}}
                    for kind in ("post.create", "post.delete", "dm.received")]  # fmt: skip
        notice = {"action": "COMMENT", **inner}
        wrapped += [{"type": KIND, "notifications": [notice, body]}]
        told = {"topic_id": 1, "post_number": 1, **inner}
        wrapped += [{"post": told}, {"event": "post_destroyed", "post": told},
                    {"event": "topic_destroyed", "topic": inner}]  # fmt: skip
    for one in wrapped:
        try:
            found = parse(network, one)
        except ParseError:
            continue
        assert len(found.posts) == len(found.paths)
        for post in found.posts:
            assert 0 < len(post.external_id) <= 300


def _facebook(number: int) -> dict[str, Any]:
    value = {"item": "comment", "verb": "add", "comment_id": f"2_{number}", "post_id": "1_2",
             "created_time": number, "message": f"Text {number}"}  # fmt: skip
    return {"id": "1", "time": 9, "changes": [{"field": "feed", "value": value}]}


def _instagram(number: int) -> dict[str, Any]:
    return {"id": "1", "time": 9, "field": "comments", "value": {"id": str(number), "text": "a"}}


def _x(number: int) -> dict[str, Any]:
    return {"id_str": str(number), "text": f"Text {number}", "timestamp_ms": str(10**12 + number)}


# Discourse tells of one post at a time, LinkedIn only names what was said.
batching = pytest.mark.parametrize(
    "network",
    [one for one in NETWORKS if one.slug not in {"discourse", "linkedin"}],
    ids=lambda one: one.slug,
)


@batching
@given(order=st.permutations(range(1, 7)), cut=st.integers(0, 6))
def test_order_and_batches_change_nothing(network: Network, order: list[int], cut: int) -> None:
    make = {"facebook": _facebook, "instagram": _instagram, "x": _x}[network.slug]

    def body(numbers: list[int]) -> dict[str, Any]:
        parts = [make(number) for number in numbers]
        if network.slug == "x":
            return {"for_user_id": "42", "tweet_create_events": parts}
        return {"object": "page" if network.slug == "facebook" else "instagram", "entry": parts}

    whole = parse(network, body(list(range(1, 7)))).posts
    found = [*parse(network, body(order[:cut])).posts, *parse(network, body(order[cut:])).posts]
    assert sorted(found, key=lambda p: p.external_id) == sorted(whole, key=lambda p: p.external_id)
    assert len({post.external_id for post in whole}) == 6
