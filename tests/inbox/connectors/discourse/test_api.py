"""A forum over its API, as documents and its own source describe it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.connectors import errors
from inbox.connectors.base import Access
from inbox.connectors.discourse import Discourse
from inbox.connectors.types import IncomingPost, OutgoingPost, Verb
from tests.networks.discourse import Forum, discourse_error
from tests.networks.stub import Answer, Stub

pytestmark = pytest.mark.integration
network = Discourse()


def round_of(
    access: Access, cursor: dict[str, Any]
) -> tuple[dict[str, IncomingPost], dict[str, Any]]:
    """What a whole round brings, by id, and where the next begins."""
    found: dict[str, IncomingPost] = {}
    for _ in range(30):
        page = network.fetch(access, cursor)
        found |= {post.external_id: post for post in page.posts}
        cursor = dict(page.cursor)
        if not page.has_more:
            return found, cursor
    raise AssertionError("The round does not end.")


def say(access: Access, out: OutgoingPost) -> Any:
    return network.publish(access, out, idempotency_key="k")


def look(access: Access, out: OutgoingPost) -> Any:
    since = datetime.now(UTC) - timedelta(seconds=2)
    return network.find_published(access, out, idempotency_key="k", since=since)


def answer_to(post: Any, text: str = "Hi", **more: Any) -> OutgoingPost:
    name = f"topic:{post.topic}" + (f":{post.number}" if post.number > 1 else "")
    details = {"id": post.id, "topic": post.topic, "number": post.number}
    return OutgoingPost(text, name, details=details, **more)


def test_the_account_is_known_and_what_is_missing_is_named(discourse: Stub, forum: Forum) -> None:
    found = network.identify(forum.access(discourse))
    assert (found.external_id, found.handle, found.faults) == ("7", "kestrel", ())
    forum.shows_messages = False
    assert "Private messages" in network.identify(forum.access(discourse)).faults[0]


def test_a_wrong_key_is_expired(discourse: Stub, forum: Forum) -> None:
    forum.api_key = "another"
    with pytest.raises(errors.Expired):
        network.identify(forum.access(discourse))


def test_what_is_read_is_what_is_delivered(discourse: Stub, forum: Forum) -> None:
    access = forum.access(discourse)
    post = forum.write("Is it <b>warm</b>? 🦊", title="The oven")
    body, headers = forum.delivery(post)
    network.verify(access, headers, body, now=datetime.now(UTC))
    (told,) = network.parse_delivery(access, headers, body).posts
    found, _ = round_of(access, {})
    assert found[told.external_id] == told
    assert told.text == "The oven\n\nIs it <b>warm</b>? 🦊"


def test_a_round_has_posts_and_private_messages(discourse: Stub, forum: Forum) -> None:
    topic = forum.write("Is it open?")
    own = forum.write("Yes", by="kestrel", under=topic)
    message = forum.write("My order", is_message=True)
    found, _ = round_of(forum.access(discourse), {})
    assert set(found) == {f"topic:{topic.topic}", f"topic:{own.topic}:2", f"topic:{message.topic}"}
    assert found[f"topic:{own.topic}:2"].is_own
    assert found[f"topic:{message.topic}"].kind == "direct_message"


def test_the_next_round_goes_on_from_the_newest(discourse: Stub, forum: Forum) -> None:
    topic = forum.write("one")
    forum.write("two", is_message=True)
    _, cursor = round_of(forum.access(discourse), {})
    again, cursor = round_of(forum.access(discourse), cursor)
    assert again == {}
    new = forum.write("three", under=topic)
    found, _ = round_of(forum.access(discourse), cursor)
    assert set(found) == {f"topic:{new.topic}:2"}


def test_a_back_fill_goes_through_all_pages_and_no_further(discourse: Stub, forum: Forum) -> None:
    forum.page_size = 2
    now = datetime.now(UTC)
    topics = [forum.write(f"Number {number}") for number in range(9)]
    for number, topic in enumerate(topics):
        topic.at = now - timedelta(hours=9 - number)
    found, _ = round_of(
        forum.access(discourse), dict(network.cursor_since(now - timedelta(hours=5.5)))
    )
    assert set(found) == {f"topic:{topic.topic}" for topic in topics[4:]}


def test_a_long_topic_is_read_whole(discourse: Stub, forum: Forum) -> None:
    forum.page_size = 3
    topic = forum.write("first")
    for number in range(30):
        forum.write(f"answer {number}", under=topic)
    found = network.thread(forum.access(discourse), f"topic:{topic.topic}:5")
    assert len(found.posts) == 31
    assert found.posts[0].text.startswith("Topic")


def test_a_topic_that_is_gone_is_deleted(discourse: Stub, forum: Forum) -> None:
    (gone,) = network.thread(forum.access(discourse), "topic:404").posts
    assert (gone.external_id, gone.verb) == ("topic:404", Verb.DELETE)


def test_a_post_that_left_its_topic_is_deleted(discourse: Stub, forum: Forum) -> None:
    topic = forum.write("first")
    answer = forum.write("second", under=topic)
    answer.deleted_at = datetime.now(UTC)
    found = network.thread(forum.access(discourse), f"topic:{topic.topic}:2")
    assert [(post.external_id, post.verb) for post in found.posts] == [
        (f"topic:{topic.topic}", Verb.ADD), (f"topic:{topic.topic}:2", Verb.DELETE),
    ]  # fmt: skip


def test_an_answer_goes_under_the_post_it_answers(discourse: Stub, forum: Forum) -> None:
    topic = forum.write("first")
    second = forum.write("second", under=topic)
    made = say(forum.access(discourse), answer_to(second))
    assert made.external_id == f"topic:{topic.topic}:3"
    assert forum.published[0].under == 2


def test_an_answer_to_a_message_stays_in_it(discourse: Stub, forum: Forum) -> None:
    message = forum.write("Where is it?", is_message=True)
    made = say(forum.access(discourse), answer_to(message, kind="direct_message", is_private=True))
    assert forum.published[0].is_message
    assert made.details["conversation"] == f"topic:{message.topic}"


def test_a_private_answer_to_a_post_is_a_message_to_its_author(
    discourse: Stub, forum: Forum
) -> None:
    topic = forum.write("first")
    say(forum.access(discourse), answer_to(topic, is_private=True, recipient_handle="sam"))
    (asked,) = discourse.of("POST", "/posts.json")
    assert (asked.json["target_recipients"], asked.json["archetype"]) == ("sam", "private_message")
    assert "topic_id" not in asked.json


def test_a_private_answer_to_nobody_is_refused(discourse: Stub, forum: Forum) -> None:
    with pytest.raises(errors.Refused):
        say(forum.access(discourse), answer_to(forum.write("first"), is_private=True))
    assert forum.published == []


@pytest.mark.parametrize("is_private", [False, True])
def test_an_answer_that_was_lost_is_found_again(
    discourse: Stub, forum: Forum, is_private: bool
) -> None:
    topic = forum.write("first")
    out = answer_to(topic, "Hi & welcome", is_private=is_private, recipient_handle="sam")
    access = forum.access(discourse)
    assert look(access, out) is None
    discourse.lose_answer(method="POST")
    with pytest.raises(errors.Uncertain):
        say(access, out)
    assert look(access, out).details["id"] == forum.published[0].id


def test_right_after_the_attempt_nothing_is_certain(discourse: Stub, forum: Forum) -> None:
    topic = forum.write("first")
    with pytest.raises(errors.Unreachable):
        look(forum.access(discourse, settle_seconds="30"), answer_to(topic))


def test_a_post_of_ours_can_be_reworded_and_removed(discourse: Stub, forum: Forum) -> None:
    access = forum.access(discourse)
    topic = forum.write("first")
    made = say(access, answer_to(topic))
    assert network.edit(access, made.external_id, "Hello").external_id == made.external_id
    assert forum.published[0].raw == "Hello"
    for _ in range(2):
        network.delete(access, made.external_id)
    assert forum.published[0].deleted_at


def test_a_post_held_for_a_moderator_is_said_so(discourse: Stub, forum: Forum) -> None:
    discourse.next(Answer(200, {"action": "enqueued", "pending_post": {"id": 4}}), method="POST")
    with pytest.raises(errors.Refused, match="moderator"):
        say(forum.access(discourse), answer_to(forum.write("first")))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (discourse_error(422, "Body is too short (minimum is 20 characters)"), errors.Refused),
        (discourse_error(422, "Body is limited to 32000 characters; you entered 40000."),
         errors.TooLong),
        (discourse_error(422, "Sorry, that user is not accepting messages"), errors.Blocked),
        (discourse_error(403, "You are not permitted to do that", "invalid_access"),
         errors.Forbidden),
        (discourse_error(404, "Not here", "not_found"), errors.Gone),
        (discourse_error(429, "Too often", "rate_limit", wait_seconds=17), errors.Limited),
        (Answer.error(500), errors.Uncertain),
        (Answer.error(503), errors.Unreachable),
        (Answer(200, b"<html>"), errors.Uncertain),
        (Answer(200, {"id": "x"}), errors.Uncertain),
    ],
)  # fmt: skip
def test_each_error_says_what_to_do(
    discourse: Stub, forum: Forum, answer: Answer, error: type[errors.NetworkError]
) -> None:
    out = answer_to(forum.write("first"))
    discourse.next(answer)
    with pytest.raises(errors.NetworkError) as caught:
        say(forum.access(discourse), out)
    assert type(caught.value) is error
    assert "key-1" not in str(caught.value)


def test_a_limit_waits_as_long_as_it_says(discourse: Stub, forum: Forum) -> None:
    discourse.next(discourse_error(429, "Too often", "rate_limit", wait_seconds=17))
    with pytest.raises(errors.Limited) as caught:
        network.fetch(forum.access(discourse), {})
    assert caught.value.retry_after == 17


def test_too_long_a_text_is_refused_before_anyone_is_asked(discourse: Stub, forum: Forum) -> None:
    with pytest.raises(errors.TooLong):
        say(forum.access(discourse), OutgoingPost("x" * 32_001, "topic:1"))
    assert discourse.asked == []
