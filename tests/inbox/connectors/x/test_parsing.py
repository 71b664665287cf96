"""What deliveries of X say, in the words of both of its APIs."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from inbox.connectors.types import IncomingPost, ParseError, Verb
from inbox.connectors.x.parsing import parse

ACCOUNT = "42"
OLD = {
    "id": 1_050_118_621_198_921_700,
    "id_str": "1050118621198921728",
    "created_at": "Wed Oct 10 20:19:24 +0000 2018",
    "text": "@kestrel is it open &amp; warm? https://t.co/a",
    "user": {"id_str": "77", "screen_name": "sam", "name": "Sam", "followers_count": 9},
    "entities": {"urls": [{"url": "https://t.co/a", "expanded_url": "https://example.com/rye"}]},
    "lang": "en",
}
NEW = {
    "id": "2080765813578191303",
    "conversation_id": "2080765813578191303",
    "author_id": "77",
    "text": "@kestrel hello",
    "created_at": "2026-07-24T21:23:23.000Z",
    "edit_history_tweet_ids": ["2080765813578191303"],
    "lang": "de",
}
INCLUDES = {"users": [{"id": "77", "username": "sam", "name": "Sam"}]}


def account_activity(**events: Any) -> bytes:
    return json.dumps({"for_user_id": ACCOUNT, **events}).encode()


def activity(kind: str, payload: dict[str, Any], **more: Any) -> bytes:
    event = {"event_type": kind, "event_uuid": "u", "filter": {"user_id": ACCOUNT},
             "payload": payload, "includes": INCLUDES}  # fmt: skip
    return json.dumps({"data": event | more}).encode()


def only(body: bytes) -> IncomingPost:
    (post,) = parse(body).posts
    return post


def test_an_older_post_is_read_whole() -> None:
    post = only(account_activity(tweet_create_events=[OLD]))
    assert post.external_id == "1050118621198921728"
    assert post.text == "@kestrel is it open & warm? https://example.com/rye"
    assert post.posted_at == datetime(2018, 10, 10, 20, 19, 24, tzinfo=UTC)
    assert post.author is not None
    assert (post.author.external_id, post.author.handle, post.author.followers) == ("77", "sam", 9)
    assert (post.kind, post.account, post.language) == ("mention", ACCOUNT, "en")
    assert post.url == "https://x.com/sam/status/1050118621198921728"


def test_the_whole_text_of_a_long_post_counts() -> None:
    long = OLD | {"truncated": True, "extended_tweet": {"full_text": "long " * 100}}
    assert only(account_activity(tweet_create_events=[long])).text.count("long") == 100
    note = NEW | {"note_tweet": {"text": "long " * 100}}
    assert only(activity("post.mention.create", note)).text.count("long") == 100


def test_an_answer_to_us_is_a_comment_and_hangs_under_our_post() -> None:
    reply = OLD | {"in_reply_to_status_id_str": "5", "in_reply_to_user_id_str": ACCOUNT}
    post = only(account_activity(tweet_create_events=[reply]))
    assert (post.kind, post.parent_external_id) == ("comment", "5")


def test_a_new_mention_takes_its_author_from_what_is_included() -> None:
    post = only(activity("post.mention.create", NEW))
    assert post.author is not None
    assert (post.author.handle, post.kind, post.language) == ("sam", "mention", "de")
    assert post.parent_external_id == ""


def test_a_new_reply_hangs_under_what_it_answers_or_under_its_conversation() -> None:
    answered = [{"type": "quoted", "id": "3"}, {"type": "replied_to", "id": "5"}]
    reply = NEW | {"referenced_tweets": answered, "conversation_id": "1"}
    assert only(activity("post.reply.create", reply)).parent_external_id == "5"
    bare = NEW | {"conversation_id": "1"}
    assert only(activity("post.mention.create", bare)).parent_external_id == "1"


def test_our_own_post_is_own() -> None:
    post = only(activity("post.create", NEW | {"author_id": ACCOUNT}))
    assert (post.is_own, post.kind) == (True, "post")


def test_an_edited_post_keeps_its_first_id_and_is_answered_by_its_last() -> None:
    edited = NEW | {"id": "9", "edit_history_tweet_ids": ["7", "9"], "conversation_id": "7"}
    post = only(activity("post.mention.create", edited | {"text": "@kestrel better"}))
    assert (post.external_id, post.details) == ("7", {"id": "9"})
    assert post.edited_at is not None


def test_repetitions_say_nothing() -> None:
    again = OLD | {"retweeted_status": OLD}
    assert parse(account_activity(tweet_create_events=[again])).posts == ()
    shared = NEW | {"referenced_tweets": [{"type": "retweeted", "id": "1"}]}
    assert parse(activity("post.create", shared)).posts == ()


def test_pictures_come_with_their_words() -> None:
    media = [{"media_key": "3_1", "type": "photo", "url": "https://pbs.example/1.jpg",
              "alt_text": "A loaf"}]  # fmt: skip
    body = activity("post.create", NEW | {"attachments": {"media_keys": ["3_1"]}},
                    includes=INCLUDES | {"media": media})  # fmt: skip
    assert only(body).attachments == (
        {"type": "image", "url": "https://pbs.example/1.jpg", "alt": "A loaf"},
    )


def test_a_deletion_names_the_post() -> None:
    gone = {"status": {"id": "5", "user_id": "77"}, "timestamp_ms": "1432228155593"}
    post = only(account_activity(tweet_delete_events=[gone]))
    assert (post.verb, post.external_id) == (Verb.DELETE, "5")
    assert post.posted_at == datetime(2015, 5, 21, 17, 9, 15, 593000, tzinfo=UTC)
    assert only(activity("post.delete", {"id": "5"})).verb is Verb.DELETE


def test_a_message_is_the_same_in_all_three_shapes() -> None:
    old = {"type": "message_create", "id": "500", "created_timestamp": "1760000000000",
           "message_create": {"sender_id": "77", "target": {"recipient_id": ACCOUNT},
                              "message_data": {"text": "hello"}}}  # fmt: skip
    users = {"77": {"screen_name": "sam", "name": "Sam"}}
    new = {"id": "500", "event_type": "MessageCreate", "sender_id": "77", "text": "hello",
           "dm_conversation_id": "42-77", "created_at": "2025-10-09T08:53:20.000Z"}  # fmt: skip
    found = [
        only(account_activity(direct_message_events=[old], users=users)),
        only(activity("dm.received", {"direct_message_events": [old], "users": users})),
        only(activity("dm.received", new)),
    ]
    assert {post.external_id for post in found} == {"dm:500"}
    assert all(post == found[0] for post in found)
    assert (found[0].is_private, found[0].details) == (True, {"conversation": "77"})


def test_our_own_message_belongs_to_the_others_conversation() -> None:
    new = {"id": "501", "sender_id": ACCOUNT, "text": "hi", "dm_conversation_id": "42-77",
           "created_at": "2025-10-09T08:53:20.000Z"}  # fmt: skip
    post = only(activity("dm.sent", new))
    assert (post.is_own, post.details["conversation"]) == (True, "77")


def test_what_cannot_be_understood_loses_no_other() -> None:
    found = parse(account_activity(tweet_create_events=[OLD, {"id_str": "5"}, OLD]))
    assert len(found.posts) == 2
    (part,) = found.refused
    assert part.field == "tweet_create_events[1].created_at"
    assert len(parse(part.raw).refused) == 1


def test_each_post_can_be_read_again() -> None:
    for body in (account_activity(tweet_create_events=[OLD]), activity("post.create", NEW)):
        post = only(body)
        assert only(post.raw) == post


def test_other_events_say_nothing() -> None:
    assert parse(account_activity(follow_events=[{}], favorite_events=[{}])).posts == ()
    assert parse(activity("profile.update.bio", {"before": "a"})).posts == ()
    assert parse(b'{"user_event": {"revoke": {}}}').posts == ()


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff"])
def test_what_is_no_delivery_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse(body)
