"""An account of X over its API, as documents describe it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.connectors import errors
from inbox.connectors.base import Access, Quota
from inbox.connectors.types import IncomingPost, OutgoingPost, Upload, Verb
from inbox.connectors.x import X
from inbox.connectors.x.parsing import parse
from tests.networks.stub import Answer, Stub
from tests.networks.x import XAccount, x_error

pytestmark = pytest.mark.integration
network = X()


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


def look(access: Access, out: OutgoingPost, *, ago: float = 2) -> Any:
    since = datetime.now(UTC) - timedelta(seconds=ago)
    return network.find_published(access, out, idempotency_key="k", since=since)


def test_the_account_is_known_and_missing_rights_are_named(x: Stub, x_account: XAccount) -> None:
    assert network.identify(x_account.access(x)).faults == ()
    x_account.knows_messages = False
    found = network.identify(x_account.access(x, account_id="43"))
    assert (found.external_id, found.handle) == ("42", "kestrel")
    assert len(found.faults) == 2
    assert "not of account 43" in found.faults[0]
    assert "dm.read" in found.faults[1]


def test_signing_in_asks_with_a_challenge_and_ends_with_tokens(
    x: Stub, x_account: XAccount
) -> None:
    access = x_account.access(x)
    url, _ = network.sign_in_url(access, redirect_uri="https://a/", state="s", challenge="ch")
    assert "code_challenge=ch&code_challenge_method=S256" in url
    found = network.finish_sign_in(access, code="code", redirect_uri="https://a/", verifier="v")
    assert (found["access_token"], found["refresh_token"]) == ("token-2", "refresh-2")
    (asked,) = x.asked
    assert asked.form["code_verifier"] == "v"
    assert asked.headers["authorization"].startswith("Basic ")


def test_a_token_that_ended_is_renewed_and_the_question_repeated(
    x: Stub, x_account: XAccount
) -> None:
    told: list[Any] = []
    x_account.token = "token-7"
    post = x_account.write("hello")
    say(replace(x_account.access(x), renewed=told.append), OutgoingPost("Hi", post.id))
    assert told[0]["refresh_token"] == "refresh-8"
    assert len(x_account.published) == 1


def test_a_token_about_to_end_is_renewed_first(x: Stub, x_account: XAccount) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=30)).isoformat()
    access = x_account.access(x)
    secrets = {**access.secrets, "expires_at": soon}
    network.fetch(replace(access, secrets=secrets), {})
    assert [asked.path for asked in x.asked] == ["/2/oauth2/token", "/2/users/42/mentions"]


def test_a_withdrawn_sign_in_is_expired(x: Stub, x_account: XAccount) -> None:
    x_account.token, x_account.refresh_token = "token-7", "another"
    with pytest.raises(errors.Expired):
        network.fetch(x_account.access(x), {})


def test_what_is_read_is_what_is_delivered(x: Stub, x_account: XAccount) -> None:
    mention = x_account.write("@kestrel hello & <b>bye</b> 🦊")
    (told,) = parse(x_account.delivery(mention)).posts
    found, _ = round_of(x_account.access(x), {})
    assert found[mention.id] == told


def test_a_round_has_mentions_own_posts_and_messages(x: Stub, x_account: XAccount) -> None:
    mention = x_account.write("@kestrel hello")
    own = x_account.write("Thanks", author="42", under=mention)
    message = x_account.message("A secret")
    found, _ = round_of(x_account.access(x), {})
    assert set(found) == {mention.id, own.id, f"dm:{message.id}"}
    assert found[own.id].is_own
    assert found[f"dm:{message.id}"].is_private


def test_the_next_round_goes_on_from_the_newest(x: Stub, x_account: XAccount) -> None:
    x_account.write("@kestrel one")
    x_account.message("one")
    x_account.write("own", author="42")
    _, cursor = round_of(x_account.access(x), {})
    again, cursor = round_of(x_account.access(x), cursor)
    assert again == {}
    new, message = x_account.write("@kestrel two"), x_account.message("two")
    found, _ = round_of(x_account.access(x), cursor)
    assert set(found) == {new.id, f"dm:{message.id}"}


def test_a_back_fill_goes_through_all_pages_and_no_further(x: Stub, x_account: XAccount) -> None:
    x_account.page_size = 2
    now = datetime.now(UTC)
    tweets = [x_account.write(f"@kestrel {number}") for number in range(9)]
    for number, tweet in enumerate(tweets):
        tweet.at = now - timedelta(hours=9 - number)
    cursor = dict(network.cursor_since(now - timedelta(hours=5.5)))
    found, _ = round_of(x_account.access(x), cursor)
    assert set(found) == {tweet.id for tweet in tweets[4:]}


def test_a_thread_is_read_whole_and_what_is_gone_is_deleted(x: Stub, x_account: XAccount) -> None:
    root = x_account.write("@kestrel is it open?")
    answer = x_account.write("Yes", author="42", under=root)
    again = x_account.write("Good", under=answer)
    found = network.thread(x_account.access(x), again.id)
    assert {post.external_id for post in found.posts} == {root.id, answer.id, again.id}
    (gone,) = network.thread(x_account.access(x), "404").posts
    assert gone.verb is Verb.DELETE


def test_a_conversation_is_read_whole(x: Stub, x_account: XAccount) -> None:
    first = x_account.message("one")
    second = x_account.message("two", author="42")
    found = network.thread(x_account.access(x), f"dm:{first.id}")
    assert {post.external_id for post in found.posts} == {f"dm:{first.id}", f"dm:{second.id}"}
    (gone,) = network.thread(x_account.access(x), "dm:404").posts
    assert gone.verb is Verb.DELETE


def test_an_answer_goes_under_the_wording_that_stands(x: Stub, x_account: XAccount) -> None:
    edited = x_account.write("@kestrel hello")
    say(x_account.access(x), OutgoingPost("Hi", "first", details={"id": edited.id}))
    assert x_account.published[0].parent == edited.id


def test_pictures_go_up_first_with_their_words(x: Stub, x_account: XAccount) -> None:
    post = x_account.write("@kestrel which?")
    pictures = tuple(Upload(b"\x89PNG", "image/png", alt=f"Loaf {n}") for n in range(2))
    say(x_account.access(x), OutgoingPost("These", post.id, uploads=pictures))
    assert len(x.of("POST", "/2/media/upload")) == 2
    alt = x.of("POST", "/2/media/metadata")[1].json["metadata"]["alt_text"]["text"]
    assert alt == "Loaf 1"
    assert x.of("POST", "/2/tweets")[0].json["media"] == {"media_ids": ["9001", "9001"]}


def test_an_answer_to_a_message_is_never_public(x: Stub, x_account: XAccount) -> None:
    message = x_account.message("Where is it?")
    out = OutgoingPost("Here", f"dm:{message.id}", kind="direct_message", recipient="77",
                       details={"conversation": "77"})  # fmt: skip
    made = say(x_account.access(x), out)
    assert made.external_id == f"dm:{x_account.published[0].id}"
    assert x.of("POST", "/2/tweets") == []


def test_a_private_answer_to_a_post_goes_to_its_author(x: Stub, x_account: XAccount) -> None:
    post = x_account.write("@kestrel order 12?")
    say(x_account.access(x), OutgoingPost("Here", post.id, is_private=True, recipient="77"))
    assert x_account.published[0].other == "77"


@pytest.mark.parametrize("is_private", [False, True])
def test_an_answer_that_was_lost_is_found_again(
    x: Stub, x_account: XAccount, is_private: bool
) -> None:
    post = x_account.write("@kestrel hello")
    out = OutgoingPost("Hi & welcome", post.id, is_private=is_private, recipient="77")
    access = x_account.access(x)
    assert look(access, out) is None
    x.lose_answer(method="POST")
    with pytest.raises(errors.Uncertain):
        say(access, out)
    prefix = "dm:" if is_private else ""
    assert look(access, out).external_id == prefix + x_account.published[0].id


def test_the_same_words_under_another_post_are_not_the_ones(x: Stub, x_account: XAccount) -> None:
    one, two = x_account.write("@kestrel one"), x_account.write("@kestrel two")
    access = x_account.access(x)
    say(access, OutgoingPost("Hi", one.id))
    assert look(access, OutgoingPost("Hi", two.id)) is None


def test_right_after_the_attempt_nothing_is_certain(x: Stub, x_account: XAccount) -> None:
    with pytest.raises(errors.Unreachable):
        look(x_account.access(x, settle_seconds="30"), OutgoingPost("Hi", "5"))


def test_posts_can_be_hidden_liked_and_removed(x: Stub, x_account: XAccount) -> None:
    access = x_account.access(x)
    post = x_account.write("@kestrel rude")
    message = x_account.message("hello", author="42")
    network.set_hidden(access, post.id, is_hidden=True)
    assert post.is_hidden
    network.set_liked(access, post.id, is_liked=True)
    assert x_account.liked == {post.id}
    network.set_liked(access, post.id, is_liked=False)
    assert x_account.liked == set()
    for external_id in (post.id, post.id, f"dm:{message.id}"):
        network.delete(access, external_id)
    assert x_account.tweets == {}


def test_too_long_a_text_is_refused_before_anyone_is_asked(x: Stub, x_account: XAccount) -> None:
    with pytest.raises(errors.TooLong):
        say(x_account.access(x), OutgoingPost("日" * 141, "5"))
    assert x.asked == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (x_error(403, "You are not allowed to create a Tweet with duplicate content."),
         errors.Refused),
        (Answer(403, {"errors": [{"code": 187, "message": "Status is a duplicate."}]}),
         errors.Refused),
        (Answer(403, {"errors": [{"code": 349, "message": "You cannot send messages."}]}),
         errors.Blocked),
        (x_error(403, "You have been blocked from replying."), errors.Blocked),
        (x_error(403, "reply to a Tweet that is deleted or not visible to you."), errors.Gone),
        (x_error(400, "Your Tweet text is too long."), errors.TooLong),
        (x_error(403), errors.Forbidden),
        (x_error(400), errors.Refused),
        (x_error(404), errors.Gone),
        (x_error(402), errors.Limited),
        (Answer.limited(120), errors.Limited),
        (Answer.error(500), errors.Uncertain),
        (Answer.error(503), errors.Unreachable),
        (Answer(200, b"not json"), errors.Uncertain),
        (Answer(200, {"data": []}), errors.Uncertain),
    ],
)  # fmt: skip
def test_each_error_says_what_to_do(
    x: Stub, x_account: XAccount, answer: Answer, error: type[errors.NetworkError]
) -> None:
    x.next(answer)
    with pytest.raises(errors.NetworkError) as caught:
        say(x_account.access(x), OutgoingPost("Hi", "5"))
    assert type(caught.value) is error
    assert "token-1" not in str(caught.value)


def test_a_limit_waits_until_its_reset(x: Stub, x_account: XAccount) -> None:
    x.next(Answer.limited(120))
    with pytest.raises(errors.Limited) as caught:
        network.fetch(x_account.access(x), {})
    assert 100 < caught.value.retry_after <= 120


def test_each_addresss_limit_is_told(x: Stub, x_account: XAccount) -> None:
    told: list[Quota] = []
    network.fetch(replace(x_account.access(x), quota=told.append), {})
    assert [(quota.name, quota.limit, quota.remaining) for quota in told] == [
        ("GET /2/users/:id/mentions", 300, 299)
    ]
