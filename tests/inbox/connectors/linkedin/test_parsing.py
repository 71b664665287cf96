"""What LinkedIn's notifications say."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from inbox.connectors.linkedin.parsing import KIND, canonical, parse
from inbox.connectors.types import Delivery, ParseError, Verb

COMMENT = "urn:li:comment:(urn:li:activity:7,9)"
NOTICE: dict[str, Any] = {
    "notificationId": 1, "organizationalEntity": "urn:li:organization:5515715",
    "action": "COMMENT", "sourcePost": "urn:li:share:6", "generatedActivity": COMMENT,
    "lastModifiedAt": 1_772_366_400_000,
}  # fmt: skip


def told(*changes: dict[str, Any]) -> Delivery:
    body = {"type": KIND, "notifications": [NOTICE | change for change in changes]}
    return parse(json.dumps(body).encode(), account="5515715")


@pytest.mark.parametrize("action", ["COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT"])
def test_what_was_said_is_to_be_read(action: str) -> None:
    assert told({"action": action}).unread == (f"{COMMENT}|urn:li:share:6",)


def test_the_same_twice_is_read_once() -> None:
    assert len(told({}, {"notificationId": 2, "action": "COMMENT_EDIT"}).unread) == 1


def test_a_removed_comment_is_deleted() -> None:
    (post,) = told({"action": "COMMENT_DELETE"}).posts
    assert (post.external_id, post.verb, post.account) == (COMMENT, Verb.DELETE, "5515715")
    assert post.posted_at == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_mention_is_the_post_that_mentions() -> None:
    mention = {"action": "SHARE_MENTION", "generatedActivity": "urn:li:share:8"}
    assert told(mention).unread == ("urn:li:share:8",)


@pytest.mark.parametrize("action", ["LIKE", "SHARE", "SOMETHING_NEW"])
def test_what_has_no_words_says_nothing(action: str) -> None:
    delivery = told({"action": action})
    assert (delivery.posts, delivery.unread, delivery.refused) == ((), (), ())


def test_both_spellings_of_a_comment_are_one() -> None:
    assert canonical("urn:li:comment:(activity:7,9)", "") == COMMENT


def test_one_that_cannot_be_understood_stops_no_other() -> None:
    delivery = told({"generatedActivity": "nonsense"}, {})
    assert len(delivery.unread) == 1
    (part,) = delivery.refused
    assert part.field == "notifications[0].generatedActivity"
    again = parse(part.raw, account="5515715")
    assert again.refused[0].reason == part.reason


def test_another_kind_of_body_is_refused() -> None:
    with pytest.raises(ParseError):
        parse(b'{"type": "LEAD"}', account="1")
