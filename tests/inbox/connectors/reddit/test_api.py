"""An account of Reddit over its API, as documents describe it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.connectors import errors
from inbox.connectors.base import Access, Quota
from inbox.connectors.reddit import Reddit
from inbox.connectors.types import IncomingPost, OutgoingPost, Verb
from tests.networks.reddit import RedditSite, reddit_error
from tests.networks.stub import Answer, Stub

pytestmark = pytest.mark.integration
network = Reddit()


def round_of(
    access: Access, cursor: dict[str, Any]
) -> tuple[dict[str, IncomingPost], dict[str, Any]]:
    """What a whole round brings, by id, and where the next begins."""
    found: dict[str, IncomingPost] = {}
    for _ in range(40):
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


def test_the_account_is_known_and_missing_rights_are_named(reddit: Stub, site: RedditSite) -> None:
    assert network.identify(site.access(reddit)).faults == ()
    site.scope, site.is_moderator = "identity read submit", False
    found = network.identify(site.access(reddit, username="Other"))
    assert (found.external_id, found.handle) == ("9zz", "kestrel")
    assert "not of u/Other" in found.faults[0]
    assert len(found.faults) == 6


def test_signing_in_asks_for_good_and_ends_with_tokens(reddit: Stub, site: RedditSite) -> None:
    access = site.access(reddit)
    url, _ = network.sign_in_url(access, redirect_uri="https://a/", state="s", challenge="c")
    assert "duration=permanent" in url
    assert "privatemessages" in url
    found = network.finish_sign_in(access, code="code", redirect_uri="https://a/", verifier="v")
    assert (found["access_token"], found["refresh_token"]) == ("token-1", "refresh-1")
    assert reddit.asked[0].headers["authorization"].startswith("Basic ")


def test_a_token_that_ended_is_renewed_and_the_question_repeated(
    reddit: Stub, site: RedditSite
) -> None:
    told: list[Any] = []
    site.token = "token-7"
    post = site.post("hello")
    say(replace(site.access(reddit), renewed=told.append), OutgoingPost("Hi", post.name))
    assert told[0]["access_token"] == "token-7"
    assert len(site.published) == 1


def test_a_withdrawn_sign_in_is_expired(reddit: Stub, site: RedditSite) -> None:
    site.token, site.refresh_token = "token-7", "another"
    with pytest.raises(errors.Expired):
        network.fetch(site.access(reddit), {})


def test_reddit_is_told_who_is_asking(reddit: Stub, site: RedditSite) -> None:
    network.fetch(site.access(reddit), {})
    assert reddit.asked[0].headers["user-agent"] == "web:crossdesk:1 (by /u/kestrel)"
    assert reddit.asked[0].query["raw_json"] == "1"


def test_a_round_has_posts_comments_mentions_messages_and_own(
    reddit: Stub, site: RedditSite
) -> None:
    post = site.post("Is it open?", "I mean today & <b>now</b> 🦊")
    comment = site.comment("Anyone?", post)
    own = site.comment("Yes", comment, by="kestrel")
    mention = site.comment("u/kestrel look", post, is_mention=True)
    message = site.message("My order")
    found, _ = round_of(site.access(reddit), {})
    assert set(found) == {one.name for one in (post, comment, own, mention, message)}
    assert found[post.name].text == "Is it open?\n\nI mean today & <b>now</b> 🦊"
    assert found[comment.name].parent_external_id == post.name
    assert found[own.name].is_own
    assert found[mention.name].kind == "mention"
    assert (found[message.name].is_private, found[message.name].details["conversation"]) == (
        True, message.name,
    )  # fmt: skip


def test_the_inbox_is_not_marked_as_read(reddit: Stub, site: RedditSite) -> None:
    round_of(site.access(reddit), {})
    assert reddit.of("GET", "/message/inbox")[0].query["mark"] == "false"


def test_the_next_round_goes_on_from_the_newest(reddit: Stub, site: RedditSite) -> None:
    now = datetime.now(UTC)
    old, last = site.post("one"), site.post("two")
    old.at, last.at = now - timedelta(minutes=9), now - timedelta(minutes=5)
    _, cursor = round_of(site.access(reddit), {})
    new = site.post("three")
    found, _ = round_of(site.access(reddit), cursor)
    assert set(found) == {last.name, new.name}


def test_a_back_fill_goes_through_all_pages_and_no_further(reddit: Stub, site: RedditSite) -> None:
    site.page_size = 2
    now = datetime.now(UTC)
    posts = [site.post(f"Number {number}") for number in range(9)]
    for number, post in enumerate(posts):
        post.at = now - timedelta(hours=9 - number)
    cursor = dict(network.cursor_since(now - timedelta(hours=5.5)))
    found, _ = round_of(site.access(reddit), cursor)
    assert set(found) == {post.name for post in posts[4:]}


def test_without_a_subreddit_only_what_is_for_us_is_asked(reddit: Stub, site: RedditSite) -> None:
    site.post("hello")
    found, _ = round_of(site.access(reddit, subreddit=""), {})
    assert found == {}


def test_a_long_thread_is_read_whole(reddit: Stub, site: RedditSite) -> None:
    site.shown_at_once = 3
    post = site.post("Is it open?")
    comment = site.comment("Anyone?", post)
    for number in range(150):
        comment = site.comment(f"answer {number}", comment)
    found = network.thread(site.access(reddit), comment.name)
    assert len(found.posts) == 152
    assert len(reddit.of("GET", "/api/morechildren")) == 2


def test_what_is_gone_is_deleted_and_what_was_removed_hidden(
    reddit: Stub, site: RedditSite
) -> None:
    access = site.access(reddit)
    for name in ("t1_404", "t3_404", "t4_404"):
        (gone,) = network.thread(access, name).posts
        assert (gone.external_id, gone.verb) == (name, Verb.DELETE)
    post = site.post("Is it open?")
    deleted, removed = site.comment("[deleted]", post, by="[deleted]"), site.comment("Rude", post)
    removed.removed_by = "moderator"
    verbs = {one.external_id: one.verb for one in network.thread(access, post.name).posts}
    assert verbs == {post.name: Verb.ADD, deleted.name: Verb.DELETE, removed.name: Verb.HIDE}


def test_a_conversation_is_read_whole(reddit: Stub, site: RedditSite) -> None:
    first = site.message("one")
    second = site.message("two", by="kestrel", to="sam", under=first)
    found = network.thread(site.access(reddit), second.name)
    assert {one.external_id for one in found.posts} == {first.name, second.name}
    assert {one.details["conversation"] for one in found.posts} == {first.name}


def test_an_answer_goes_under_the_comment(reddit: Stub, site: RedditSite) -> None:
    comment = site.comment("Anyone?", site.post("Is it open?"))
    made = say(site.access(reddit), OutgoingPost("Yes", comment.name))
    assert made.external_id == site.published[0].name
    assert site.published[0].parent == comment.name
    assert made.url.startswith("https://www.reddit.com/r/bakery/comments/")


def test_an_answer_to_a_message_stays_in_its_conversation(reddit: Stub, site: RedditSite) -> None:
    first = site.message("one")
    out = OutgoingPost("Here", first.name, kind="direct_message", is_private=True)
    made = say(site.access(reddit), out)
    assert made.details["conversation"] == first.name
    assert reddit.of("POST", "/api/compose") == []


def test_a_private_answer_to_a_post_is_a_message_and_is_found(
    reddit: Stub, site: RedditSite
) -> None:
    post = site.post("Is it open?")
    out = OutgoingPost("Yes", post.name, is_private=True, recipient_handle="sam")
    made = say(site.access(reddit), out)
    assert made.external_id == site.published[0].name
    assert site.published[0].to == "sam"


@pytest.mark.parametrize("is_private", [False, True])
def test_an_answer_that_was_lost_is_found_again(
    reddit: Stub, site: RedditSite, is_private: bool
) -> None:
    comment = site.comment("Anyone?", site.post("Is it open?"))
    out = OutgoingPost("Yes & more", comment.name, is_private=is_private, recipient_handle="sam")
    access = site.access(reddit)
    assert look(access, out) is None
    reddit.lose_answer(method="POST")
    with pytest.raises(errors.Uncertain):
        say(access, out)
    assert look(access, out).external_id == site.published[0].name


def test_the_same_words_under_another_comment_are_not_the_ones(
    reddit: Stub, site: RedditSite
) -> None:
    post = site.post("Is it open?")
    one, two = site.comment("one", post), site.comment("two", post)
    access = site.access(reddit)
    say(access, OutgoingPost("Hi", one.name))
    assert look(access, OutgoingPost("Hi", two.name)) is None


def test_right_after_the_attempt_nothing_is_certain(reddit: Stub, site: RedditSite) -> None:
    post = site.post("Is it open?")
    with pytest.raises(errors.Unreachable):
        look(site.access(reddit, settle_seconds="30"), OutgoingPost("Hi", post.name))


def test_a_comment_of_ours_can_be_reworded_and_removed(reddit: Stub, site: RedditSite) -> None:
    access = site.access(reddit)
    made = say(access, OutgoingPost("Hi", site.post("Is it open?").name))
    assert network.edit(access, made.external_id, "Hello").external_id == made.external_id
    assert site.published[0].text == "Hello"
    network.delete(access, made.external_id)
    network.delete(access, "t1_404")
    assert site.published[0].text == "[deleted]"


def test_a_moderator_hides_and_shows(reddit: Stub, site: RedditSite) -> None:
    comment = site.comment("Rude", site.post("Is it open?"))
    network.set_hidden(site.access(reddit), comment.name, is_hidden=True)
    assert comment.removed_by
    network.set_hidden(site.access(reddit), comment.name, is_hidden=False)
    assert not comment.removed_by


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reddit_error("RATELIMIT", "try again in 9 minutes."), errors.Limited),
        (reddit_error("TOO_LONG"), errors.TooLong),
        (reddit_error("DELETED_COMMENT"), errors.Gone),
        (reddit_error("THREAD_LOCKED"), errors.Refused),
        (reddit_error("NOT_WHITELISTED_BY_USER_MESSAGE"), errors.Blocked),
        (reddit_error("BANNED_FROM_SUBREDDIT"), errors.Forbidden),
        (Answer(200, {"json": {"errors": [3]}}), errors.Refused),
        (Answer(403, {"message": "Forbidden", "reason": "private"}), errors.Forbidden),
        (Answer.error(404), errors.Gone),
        (Answer.limited(90), errors.Limited),
        (Answer.error(500), errors.Uncertain),
        (Answer.error(503), errors.Unreachable),
        (Answer(200, b"<html>"), errors.Uncertain),
        (Answer(200, {"json": {"errors": [], "data": {"things": []}}}), errors.Uncertain),
    ],
)
def test_each_error_says_what_to_do(
    reddit: Stub, site: RedditSite, answer: Answer, error: type[errors.NetworkError]
) -> None:
    reddit.next(answer)
    with pytest.raises(errors.NetworkError) as caught:
        say(site.access(reddit), OutgoingPost("Hi", "t1_5"))
    assert type(caught.value) is error
    assert "token-1" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "more", "seconds"),
    [
        ("Take a break for 9 minutes before trying again.", {}, 541),
        ("try again in 12 seconds.", {}, 13),
        ("too much", {"ratelimit": 33.5}, 33.5),
        ("too much", {}, 60),
    ],
)
def test_a_limit_inside_a_200_says_how_long(
    reddit: Stub, site: RedditSite, said: str, more: dict[str, Any], seconds: float
) -> None:
    reddit.next(reddit_error("RATELIMIT", said, **more))
    with pytest.raises(errors.Limited) as caught:
        say(site.access(reddit), OutgoingPost("Hi", "t1_5"))
    assert caught.value.retry_after == seconds


def test_the_limit_of_requests_is_told(reddit: Stub, site: RedditSite) -> None:
    told: list[Quota] = []
    network.fetch(replace(site.access(reddit), quota=told.append), {})
    assert (told[0].name, told[0].limit, told[0].remaining) == ("requests", 100, 96)


def test_too_long_a_text_is_refused_before_anyone_is_asked(reddit: Stub, site: RedditSite) -> None:
    with pytest.raises(errors.TooLong):
        say(site.access(reddit), OutgoingPost("x" * 10_001, "t1_5"))
    assert reddit.asked == []
