"""What deliveries of Discourse say."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from inbox.connectors.base import Access
from inbox.connectors.discourse import Discourse
from inbox.connectors.types import Delivery, IncomingPost, Verb

ACCESS = Access("https://forum.example.com", settings={"username": "Kestrel"})
POST: dict[str, Any] = {
    "id": 4711, "topic_id": 88, "post_number": 3, "post_type": 1, "reply_to_post_number": 2,
    "username": "sam", "user_id": 9, "name": "Sam Poe", "raw": "Still **cold**",
    "cooked": "<p>Still <strong>cold</strong></p>", "created_at": "2026-03-01T12:00:00.000Z",
    "updated_at": "2026-03-01T12:00:00.000Z", "version": 1, "topic_title": "The oven",
    "topic_archetype": "regular", "hidden": False, "user_deleted": False,
}  # fmt: skip


def parse(body: dict[str, Any], event: str = "post_created") -> Delivery:
    headers = {"X-Discourse-Event": event}
    return Discourse().parse_delivery(ACCESS, headers, json.dumps(body).encode())


def only(event: str = "post_created", **changes: Any) -> IncomingPost:
    (post,) = parse({"post": POST | changes}, event).posts
    return post


def test_a_post_is_read_whole() -> None:
    post = only()
    assert (post.external_id, post.parent_external_id) == ("topic:88:3", "topic:88:2")
    assert (post.text, post.kind) == ("Still **cold**", "comment")
    assert post.posted_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert post.author is not None
    assert (post.author.external_id, post.author.handle, post.author.name) == (
        "9",
        "sam",
        "Sam Poe",
    )
    assert post.url == "https://forum.example.com/t/88/3"
    assert post.details == {"id": 4711, "topic": 88, "number": 3}
    assert post.edited_at is None


def test_the_first_post_carries_its_title() -> None:
    post = only(post_number=1, reply_to_post_number=None)
    assert (post.external_id, post.parent_external_id, post.kind) == ("topic:88", "", "post")
    assert post.text == "The oven\n\nStill **cold**"


def test_an_answer_to_no_post_hangs_under_the_first() -> None:
    assert only(reply_to_post_number=None).parent_external_id == "topic:88"


def test_without_its_source_the_page_is_read() -> None:
    post = only(raw=None, cooked='<p>Still <a href="/x">cold</a><script>alert(1)</script></p>')
    assert post.text == "Still cold (https://forum.example.com/x)"


def test_a_private_message_is_private_and_has_its_conversation() -> None:
    post = only(topic_archetype="private_message")
    assert (post.kind, post.is_private) == ("direct_message", True)
    assert post.details["conversation"] == "topic:88"


def test_our_own_post_is_known_in_any_case() -> None:
    assert only(username="kestrel").is_own


def test_an_edit_has_its_time() -> None:
    post = only("post_edited", version=2, updated_at="2026-03-01T13:00:00.000Z")
    assert post.edited_at == datetime(2026, 3, 1, 13, tzinfo=UTC)


def test_a_destroyed_post_is_deleted_and_a_recovered_one_told_again() -> None:
    post = only("post_destroyed", deleted_at="2026-03-01T14:00:00.000Z")
    assert (post.verb, post.posted_at) == (Verb.DELETE, datetime(2026, 3, 1, 14, tzinfo=UTC))
    assert only("post_edited", user_deleted=True).verb is Verb.DELETE
    assert only("post_recovered").verb is Verb.ADD


def test_a_hidden_post_is_told_and_hidden() -> None:
    posts = parse({"post": POST | {"hidden": True}}).posts
    assert [post.verb for post in posts] == [Verb.ADD, Verb.HIDE]


@pytest.mark.parametrize("change", [{"post_type": 3}, {"post_type": 4}, {"user_id": -1}])
def test_what_no_person_said_to_the_public_is_left_out(change: dict[str, Any]) -> None:
    assert parse({"post": POST | change}).posts == ()


def test_a_ping_says_nothing() -> None:
    assert parse({"ping": "OK"}, "ping").posts == ()


def test_a_topic_that_goes_takes_its_first_post_and_one_that_returns_is_read() -> None:
    topic = {"topic": {"id": 88, "deleted_at": "2026-03-01T14:00:00.000Z"}}
    (gone,) = parse(topic, "topic_destroyed").posts
    assert (gone.external_id, gone.verb) == ("topic:88", Verb.DELETE)
    assert parse(topic, "topic_recovered").unread == ("topic:88",)
    assert parse(topic, "topic_edited").posts == ()


def test_pictures_are_named() -> None:
    post = only(raw="Look ![burnt loaf|690x400](https://forum.example.com/a.png) there")
    assert post.attachments == (
        {"type": "image", "url": "https://forum.example.com/a.png", "alt": "burnt loaf"},
    )


def test_a_post_without_time_is_refused_and_can_be_read_again() -> None:
    delivery = parse({"post": POST | {"created_at": None}}, "post_edited")
    (part,) = delivery.refused
    assert part.field == "post.created_at"
    assert json.loads(part.raw)["event"] == "post_edited"
