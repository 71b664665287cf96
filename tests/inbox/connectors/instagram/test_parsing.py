"""What deliveries about an Instagram account say."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from inbox.connectors.instagram.parsing import parse
from inbox.connectors.types import IncomingPost, ParseError, Verb

ACCOUNT = "3333"
TOLD_AT = 1_760_000_100
COMMENT = {
    "id": "18001",
    "from": {"id": "77", "username": "sam.example"},
    "text": "How much is it?",
    "media": {"id": "17001", "media_product_type": "FEED"},
}


def delivery(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"object": "instagram", "entry": list(entries)}).encode()


def changed(value: dict[str, Any], field: str = "comments") -> dict[str, Any]:
    return {"id": ACCOUNT, "time": TOLD_AT, "changes": [{"field": field, "value": value}]}


def flat(value: dict[str, Any], field: str = "comments") -> dict[str, Any]:
    return {"id": ACCOUNT, "time": TOLD_AT, "field": field, "value": value}


def written(message: dict[str, Any], **more: Any) -> dict[str, Any]:
    event = {"sender": {"id": "igsid-9"}, "recipient": {"id": ACCOUNT},
             "timestamp": TOLD_AT * 1000, "message": message}  # fmt: skip
    return {"id": ACCOUNT, "time": TOLD_AT, "messaging": [event | more]}


def only(entry: dict[str, Any]) -> IncomingPost:
    (post,) = parse(delivery(entry)).posts
    return post


@pytest.mark.parametrize("shape", [changed, flat])
def test_a_comment_is_the_same_in_both_shapes(shape: Any) -> None:
    post = only(shape(COMMENT))
    assert (post.external_id, post.parent_external_id, post.kind) == ("18001", "17001", "comment")
    assert post.author is not None
    assert (post.author.external_id, post.author.handle) == ("77", "sam.example")
    assert (post.account, post.posted_at) == (ACCOUNT, datetime.fromtimestamp(TOLD_AT, UTC))
    assert post.details == {"media": "17001", "media_product_type": "FEED"}


def test_a_reply_hangs_under_its_comment() -> None:
    post = only(changed(COMMENT | {"id": "18002", "parent_id": "18001"}))
    assert post.parent_external_id == "18001"
    assert post.details["parent"] == "18001"


def test_the_other_name_of_the_id_is_understood() -> None:
    value = {name: found for name, found in COMMENT.items() if name != "id"}
    assert only(changed(value | {"comment_id": "18001"})).external_id == "18001"


def test_our_own_comment_is_own() -> None:
    assert only(changed(COMMENT | {"from": {"id": ACCOUNT, "username": "kestrel"}})).is_own


def test_a_mention_carries_ids_only_and_is_to_be_read() -> None:
    found = parse(
        delivery(
            changed({"media_id": "17009", "comment_id": "18009"}, "mentions"),
            flat({"media_id": "17010"}, "mentions"),
        )
    )
    assert found.unread == ("3333/mention/17009/18009", "3333/mention/17010/")


def test_an_answer_to_a_story_keeps_the_story() -> None:
    story = {"id": "s1", "url": "https://cdn.example/s1"}
    post = only(written({"mid": "aWdf1", "text": "Lovely", "reply_to": {"story": story}}))
    assert (post.kind, post.is_private) == ("direct_message", True)
    assert post.details == {"conversation": "igsid-9", "story": story}


def test_attachments_of_a_message_come_along() -> None:
    sent = [{"type": "image", "payload": {"url": "https://cdn.example/1.jpg"}},
            {"type": "story_mention", "payload": {"url": "https://cdn.example/2"}},
            {"type": "image", "payload": {}}]  # fmt: skip
    post = only(written({"mid": "aWdf1", "attachments": sent}))
    assert [entry["type"] for entry in post.attachments] == ["image", "link"]


def test_a_message_taken_back_is_deleted_and_an_echo_is_ours() -> None:
    assert only(written({"mid": "aWdf1", "is_deleted": True})).verb is Verb.DELETE
    echo = written({"mid": "aWdf2", "text": "Hi", "is_echo": True},
                   sender={"id": ACCOUNT}, recipient={"id": "igsid-9"})  # fmt: skip
    assert only(echo).is_own


def test_a_message_may_come_as_a_change() -> None:
    value = {"sender": {"id": "igsid-9"}, "recipient": {"id": ACCOUNT},
             "timestamp": str(TOLD_AT), "message": {"mid": "aWdf1", "text": "Hi"}}  # fmt: skip
    assert only(changed(value, "messages")).text == "Hi"


def test_each_part_can_be_read_again() -> None:
    found = parse(
        delivery(flat(COMMENT), changed({"id": None}), written({"mid": "a", "text": "b"}))
    )
    assert [parse(post.raw).posts[0] for post in found.posts] == list(found.posts)
    assert [part.field for part in found.refused] == ["entry[1].changes[0].value.comment_id"]


def test_a_facebook_delivery_is_refused() -> None:
    with pytest.raises(ParseError):
        parse(b'{"object":"page","entry":[]}')
