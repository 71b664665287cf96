"""What deliveries about a Facebook page say."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from inbox.connectors.facebook.parsing import parse
from inbox.connectors.types import Delivery, IncomingPost, ParseError, Verb

PAGE = "1111"
TOLD_AT = 1_760_000_100
WRITTEN_AT = 1_760_000_000
COMMENT = {
    "item": "comment",
    "verb": "add",
    "comment_id": "22_33",
    "post_id": "1111_22",
    "parent_id": "1111_22",
    "from": {"id": "77", "name": "Sam Example"},
    "message": "Where is my parcel?",
    "created_time": WRITTEN_AT,
}


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def delivery(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"object": "page", "entry": list(entries)}).encode()


def changed(value: dict[str, Any], field: str = "feed", page: str = PAGE) -> dict[str, Any]:
    return {"id": page, "time": TOLD_AT, "changes": [{"field": field, "value": value}]}


def told(value: dict[str, Any], field: str = "feed") -> IncomingPost:
    (post,) = parse(delivery(changed(value, field))).posts
    return post


def written(message: dict[str, Any], **more: Any) -> dict[str, Any]:
    event = {
        "sender": {"id": "psid-9"},
        "recipient": {"id": PAGE},
        "timestamp": WRITTEN_AT * 1000,
        "message": message,
    }
    return {"id": PAGE, "time": TOLD_AT * 1000, "messaging": [event | more]}


def message_of(entry: dict[str, Any]) -> IncomingPost:
    (post,) = parse(delivery(entry)).posts
    return post


def test_a_comment_hangs_under_its_post() -> None:
    post = told(COMMENT)
    assert (post.external_id, post.parent_external_id, post.kind) == ("22_33", "1111_22", "comment")
    assert (post.text, post.posted_at) == ("Where is my parcel?", at(WRITTEN_AT))
    assert post.author is not None
    assert (post.author.external_id, post.author.name) == ("77", "Sam Example")
    assert (post.account, post.is_own, post.is_private) == (PAGE, False, False)


def test_a_reply_hangs_under_its_comment_and_knows_it() -> None:
    post = told(COMMENT | {"comment_id": "22_44", "parent_id": "22_33"})
    assert post.parent_external_id == "22_33"
    assert post.details == {"parent": "22_33", "post": "1111_22"}


def test_the_pages_own_comment_is_own() -> None:
    assert told(COMMENT | {"from": {"id": PAGE, "name": "Kestrel"}}).is_own


def test_older_names_of_the_sender_are_understood() -> None:
    old = {name: value for name, value in COMMENT.items() if name != "from"}
    post = told(old | {"sender_id": 77, "sender_name": "Sam"})
    assert post.author is not None
    assert (post.author.external_id, post.author.name) == ("77", "Sam")


@pytest.mark.parametrize("verb", ["edit", "edited"])
def test_an_edit_is_of_the_moment_it_is_told(verb: str) -> None:
    post = told(COMMENT | {"verb": verb, "message": "Where is it now?"})
    assert (post.verb, post.text, post.edited_at) == (Verb.ADD, "Where is it now?", at(TOLD_AT))
    assert post.posted_at == at(WRITTEN_AT)


def test_an_edits_own_time_goes_first() -> None:
    post = told(COMMENT | {"verb": "edited", "edited_time": WRITTEN_AT + 7})
    assert post.edited_at == at(WRITTEN_AT + 7)


@pytest.mark.parametrize(
    ("verb", "meant"),
    [("remove", Verb.DELETE), ("hide", Verb.HIDE), ("unhide", Verb.SHOW)],
)
def test_what_happens_to_a_comment_happens_when_it_is_told(verb: str, meant: Verb) -> None:
    post = told(COMMENT | {"verb": verb})
    assert (post.verb, post.external_id, post.posted_at) == (meant, "22_33", at(TOLD_AT))


@pytest.mark.parametrize("item", ["post", "status", "photo", "video", "share"])
def test_visitors_posts_stand_by_themselves(item: str) -> None:
    value = {"item": item, "verb": "add", "post_id": "1111_55", "message": "Hello",
             "from": {"id": "77", "name": "Sam"}, "created_time": WRITTEN_AT}  # fmt: skip
    post = told(value)
    assert (post.external_id, post.kind, post.parent_external_id) == ("1111_55", "post", "")


def test_a_planned_post_is_not_told() -> None:
    value = {"item": "status", "verb": "add", "post_id": "1111_55", "published": 0}
    assert parse(delivery(changed(value))).posts == ()


def test_pictures_and_videos_come_along_once_each() -> None:
    first, second = "https://cdn.example/1.jpg", "https://cdn.example/2.jpg"
    value = COMMENT | {"photo": first, "photos": [first, second]}
    value |= {"video": "https://cdn.example/1.mp4"}
    found = {entry["url"]: entry["type"] for entry in told(value).attachments}
    assert found == {
        "https://cdn.example/1.jpg": "image",
        "https://cdn.example/2.jpg": "image",
        "https://cdn.example/1.mp4": "video",
    }


def test_a_dangerous_link_is_left_out_and_the_words_stay() -> None:
    post = told(COMMENT | {"link": "javascript:alert(1)", "message": "<script>alert(1)</script>"})
    assert post.attachments == ()
    assert post.text == "<script>alert(1)</script>"


@pytest.mark.parametrize("text", ["Grüße \u00e4", "🦊🧡", "مرحبا بكم", "half \ud83d"])
def test_every_script_arrives(text: str) -> None:
    assert told(COMMENT | {"message": text}).text == text.replace("\ud83d", "�")


def test_a_reaction_asks_for_the_counts_once() -> None:
    like = {"item": "reaction", "verb": "add", "reaction_type": "love", "post_id": "1111_22",
            "from": {"id": "5"}}  # fmt: skip
    on_comment = like | {"comment_id": "22_33", "verb": "remove"}
    found = parse(delivery(changed(like), changed(like), changed(on_comment)))
    assert found.posts == ()
    assert found.unread == ("1111/counts/1111_22", "1111/counts/22_33")


def test_a_mention_with_words_is_a_post_and_one_without_is_to_be_read() -> None:
    value = {"item": "comment", "verb": "add", "post_id": "9_8", "comment_id": "8_7",
             "message": "@Kestrel look", "created_time": WRITTEN_AT,
             "sender_id": "77", "sender_name": "Sam"}  # fmt: skip
    post = told(value, "mention")
    assert (post.external_id, post.kind, post.parent_external_id) == ("8_7", "mention", "9_8")
    silent = parse(delivery(changed(value | {"message": ""}, "mention")))
    assert silent.unread == ("1111/mention/8_7",)


@pytest.mark.parametrize(
    ("given", "stars"),
    [({"rating": 2}, 2), ({"recommendation_type": "positive"}, 5),
     ({"recommendation_type": "NEGATIVE"}, 1), ({}, None)],
)  # fmt: skip
def test_a_review_has_stars_or_a_recommendation(given: dict[str, Any], stars: int | None) -> None:
    value = {"item": "rating", "verb": "add", "open_graph_story_id": 909, "reviewer_id": "77",
             "reviewer_name": "Sam", "review_text": "Fine", "created_time": WRITTEN_AT}  # fmt: skip
    post = told(value | given, "ratings")
    assert (post.kind, post.external_id, post.rating) == ("review", "909", stars)
    assert post.text == "Fine"


def test_a_comment_under_a_review_hangs_under_it() -> None:
    value = {"item": "comment", "verb": "add", "open_graph_story_id": "909", "comment_id": "909_1",
             "message": "Thanks", "created_time": WRITTEN_AT, "sender_id": PAGE}  # fmt: skip
    post = told(value, "ratings")
    assert (post.parent_external_id, post.is_own) == ("909", True)


def test_a_message_is_private_and_knows_its_conversation() -> None:
    post = message_of(written({"mid": "m_1", "text": "My order 12"}))
    assert (post.external_id, post.kind, post.is_private) == ("m_1", "direct_message", True)
    assert (post.posted_at, post.details) == (at(WRITTEN_AT), {"conversation": "psid-9"})


def test_an_echo_is_our_own_word_in_the_same_conversation() -> None:
    entry = written({"mid": "m_2", "text": "On its way", "is_echo": True},
                    sender={"id": PAGE}, recipient={"id": "psid-9"})  # fmt: skip
    post = message_of(entry)
    assert post.is_own
    assert post.details["conversation"] == "psid-9"


def test_what_another_app_holds_is_marked() -> None:
    entry = written({"mid": "m_3", "text": "Hi"})
    entry["standby"] = entry.pop("messaging")
    assert message_of(entry).details["is_standby"] is True


def test_a_message_taken_back_is_deleted() -> None:
    assert message_of(written({"mid": "m_1", "is_deleted": True})).verb is Verb.DELETE


def test_an_edited_message_is_later_than_itself() -> None:
    entry = written({})
    entry["messaging"][0]["message_edit"] = {"mid": "m_1", "text": "Order 13", "num_edit": 1}
    post = message_of(entry)
    assert post.edited_at is not None
    assert post.posted_at is not None
    assert post.edited_at > post.posted_at


def test_a_pressed_button_says_its_title() -> None:
    entry = written({})
    entry["messaging"][0]["postback"] = {"mid": "m_4", "title": "Get started", "payload": "X"}
    assert message_of(entry).text == "Get started"


def test_an_answer_to_a_message_hangs_under_it() -> None:
    entry = written({"mid": "m_5", "text": "This one", "reply_to": {"mid": "m_1"}})
    assert message_of(entry).parent_external_id == "m_1"


def test_receipts_and_typing_say_nothing() -> None:
    events = [{"sender": {"id": "9"}, "recipient": {"id": PAGE}, "timestamp": 1, name: {}}
              for name in ("delivery", "read", "reaction", "optin")]  # fmt: skip
    assert parse(delivery({"id": PAGE, "time": 1, "messaging": events})) == Delivery((), (), (), ())


def test_one_delivery_may_be_about_several_pages() -> None:
    found = parse(delivery(changed(COMMENT), changed(COMMENT, page="2222")))
    assert [post.account for post in found.posts] == [PAGE, "2222"]


def test_a_post_that_cannot_be_understood_loses_no_other() -> None:
    broken = COMMENT | {"comment_id": None}
    found = parse(delivery(changed(COMMENT), changed(broken), changed(COMMENT | {"x": [1]})))
    assert len(found.posts) == 2
    (part,) = found.refused
    assert part.field == "entry[1].changes[0].value.comment_id"
    assert parse(part.raw).refused[0].field == "entry[0].changes[0].value.comment_id"


def test_each_post_keeps_what_can_be_read_again() -> None:
    found = parse(delivery(changed(COMMENT), written({"mid": "m_1", "text": "Hi"})))
    assert [parse(post.raw).posts[0] for post in found.posts] == list(found.posts)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"object":"user"}', b"\xff", b'{"object":1}'])
def test_what_is_no_delivery_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse(body)


@pytest.mark.parametrize(
    "value",
    [{"item": [], "verb": {}}, {"item": "comment", "verb": "block"}, {"item": "event_rsvp"}],
)
def test_unknown_events_are_skipped(value: dict[str, Any]) -> None:
    assert parse(delivery(changed(value), changed({}, "leadgen"))).posts == ()
