"""A channel of YouTube over its API, as documents describe it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.connectors import errors
from inbox.connectors.base import Access, Quota
from inbox.connectors.types import IncomingPost, OutgoingPost, Upload, Verb
from inbox.connectors.youtube import YouTube
from inbox.connectors.youtube.client import next_day
from tests.networks.stub import Answer, Stub
from tests.networks.youtube import Studio, google_error

pytestmark = pytest.mark.integration
network = YouTube()


def round_of(access: Access, cursor: dict[str, Any]) -> tuple[list[IncomingPost], dict[str, Any]]:
    """What a whole round brings, and where the next begins."""
    found: list[IncomingPost] = []
    for _ in range(30):
        page = network.fetch(access, cursor)
        found += page.posts
        cursor = dict(page.cursor)
        if not page.has_more:
            return found, cursor
    raise AssertionError("The round does not end.")


def names(posts: list[IncomingPost]) -> set[str]:
    return {post.external_id for post in posts}


def say(access: Access, out: OutgoingPost) -> Any:
    return network.publish(access, out, idempotency_key="k")


def look(access: Access, out: OutgoingPost) -> Any:
    since = datetime.now(UTC) - timedelta(seconds=2)
    return network.find_published(access, out, idempotency_key="k", since=since)


def test_the_channel_is_known(youtube: Stub, studio: Studio) -> None:
    found = network.identify(studio.access(youtube))
    assert (found.external_id, found.handle, found.faults) == ("UCkestrel", "kestrel", ())
    assert (
        "not of channel UCx" in network.identify(studio.access(youtube, account_id="UCx")).faults[0]
    )


def test_signing_in_asks_for_a_lasting_consent(youtube: Stub, studio: Studio) -> None:
    access = studio.access(youtube)
    url, _ = network.sign_in_url(access, redirect_uri="https://a/", state="s", challenge="ch")
    assert "access_type=offline&prompt=consent&code_challenge=ch" in url
    found = network.finish_sign_in(access, code="c", redirect_uri="https://a/", verifier="v")
    assert (found["access_token"], found["refresh_token"]) == ("token-1", "refresh-1")
    assert youtube.asked[0].form["code_verifier"] == "v"


def test_a_token_that_ended_is_renewed(youtube: Stub, studio: Studio) -> None:
    told: list[Any] = []
    studio.token = "token-7"
    comment = studio.write("hello")
    say(replace(studio.access(youtube), renewed=told.append), OutgoingPost("Hi", comment.id))
    assert told[0]["access_token"] == "token-7"
    assert len(studio.published) == 1


def test_a_withdrawn_sign_in_is_expired(youtube: Stub, studio: Studio) -> None:
    studio.token, studio.refresh_token = "token-7", "another"
    with pytest.raises(errors.Expired):
        network.fetch(studio.access(youtube), {})


def test_comments_come_with_their_video_and_their_answers(youtube: Stub, studio: Studio) -> None:
    comment = studio.write("Is it <b>warm</b>? 🦊")
    answer = studio.write("Yes", by="UCkestrel", under=comment)
    found, _ = round_of(studio.access(youtube), {})
    assert [post.external_id for post in found] == ["video:v1", comment.id, answer.id]
    video, told, own = found
    assert (video.text, video.is_own) == ("How we bake", True)
    assert (told.parent_external_id, told.text) == ("video:v1", "Is it <b>warm</b>? 🦊")
    assert (told.author.handle if told.author else "", told.counts) == ("sam", {"like": 2})
    assert (own.parent_external_id, own.is_own) == (comment.id, True)


def test_all_answers_of_a_lively_comment_are_read_once(youtube: Stub, studio: Studio) -> None:
    comment = studio.write("first")
    answers = [studio.write(f"answer {number}", under=comment) for number in range(9)]
    found, cursor = round_of(studio.access(youtube), {})
    assert names(found) == {"video:v1", comment.id, *(one.id for one in answers)}
    before = len(youtube.of("GET", "/comments"))
    _, cursor = round_of(studio.access(youtube), cursor)
    late = studio.write("late", under=comment)
    found, _ = round_of(studio.access(youtube), cursor)
    assert late.id in names(found)
    assert len([a for a in youtube.of("GET", "/comments") if a.path == "/comments"]) <= before + 1


def test_a_quiet_round_costs_two_units(youtube: Stub, studio: Studio) -> None:
    studio.write("first")
    _, cursor = round_of(studio.access(youtube), {})
    told: list[Quota] = []
    round_of(replace(studio.access(youtube), quota=told.append), cursor)
    assert [(quota.cost, quota.limit) for quota in told] == [(1, 10_000)] * 2


def test_a_back_fill_goes_through_all_pages_and_no_further(youtube: Stub, studio: Studio) -> None:
    studio.page_size = 2
    now = datetime.now(UTC).replace(microsecond=0)
    comments = [studio.write(f"Number {number}") for number in range(9)]
    for number, comment in enumerate(comments):
        comment.at = now - timedelta(hours=9 - number)
    cursor = dict(network.cursor_since(now - timedelta(hours=5.5)))
    found, _ = round_of(studio.access(youtube), cursor)
    assert names(found) == {"video:v1", *(comment.id for comment in comments[4:])}


def test_what_waits_for_review_is_hidden_until_somebody_decides(
    youtube: Stub, studio: Studio
) -> None:
    held, rude = (
        studio.write("spam?", status="heldForReview"),
        studio.write("!", status="heldForReview"),
    )
    found, cursor = round_of(studio.access(youtube), {})
    verbs = [(post.external_id, post.verb) for post in found if post.external_id == held.id]
    assert verbs == [(held.id, Verb.ADD), (held.id, Verb.HIDE)]
    held.status = "published"
    del studio.comments[rude.id]
    found, _ = round_of(studio.access(youtube), cursor)
    assert (held.id, Verb.SHOW) in [(post.external_id, post.verb) for post in found]
    assert (rude.id, Verb.DELETE) in [(post.external_id, post.verb) for post in found]


def test_a_thread_is_read_whole_and_what_is_gone_is_deleted(youtube: Stub, studio: Studio) -> None:
    studio.page_size = 3
    comment = studio.write("first")
    answers = [studio.write(f"answer {number}", under=comment) for number in range(9)]
    found = network.thread(studio.access(youtube), answers[8].id)
    assert names(list(found.posts)) == {"video:v1", comment.id, *(one.id for one in answers)}
    del studio.comments[answers[8].id]
    gone = network.thread(studio.access(youtube), answers[8].id).posts[-1]
    assert (gone.external_id, gone.verb) == (answers[8].id, Verb.DELETE)
    (gone,) = network.thread(studio.access(youtube), "Ug404").posts
    assert gone.verb is Verb.DELETE


def test_an_answer_to_an_answer_goes_under_the_comment(youtube: Stub, studio: Studio) -> None:
    comment = studio.write("first")
    answer = studio.write("second", under=comment)
    made = say(studio.access(youtube), OutgoingPost("Hi", answer.id, details={"video": "v1"}))
    assert studio.published[0].parent == comment.id
    assert made.external_id == studio.published[0].id
    assert made.url == f"https://www.youtube.com/watch?v=v1&lc={made.external_id}"


def test_an_answer_that_was_lost_is_found_again(youtube: Stub, studio: Studio) -> None:
    comment = studio.write("first")
    out = OutgoingPost("Hi & welcome", comment.id)
    access = studio.access(youtube)
    assert look(access, out) is None
    youtube.lose_answer(method="POST")
    with pytest.raises(errors.Uncertain):
        say(access, out)
    assert look(access, out).external_id == studio.published[0].id


def test_right_after_the_attempt_nothing_is_certain(youtube: Stub, studio: Studio) -> None:
    comment = studio.write("first")
    with pytest.raises(errors.Unreachable):
        look(studio.access(youtube, settle_seconds="30"), OutgoingPost("Hi", comment.id))


def test_a_comment_of_ours_can_be_reworded_and_removed(youtube: Stub, studio: Studio) -> None:
    access = studio.access(youtube)
    made = say(access, OutgoingPost("Hi", studio.write("first").id))
    assert network.edit(access, made.external_id, "Hello").external_id == made.external_id
    assert studio.published[0].text == "Hello"
    for _ in range(2):
        network.delete(access, made.external_id)
    assert made.external_id not in studio.comments


def test_a_comment_can_be_held_and_let_through(youtube: Stub, studio: Studio) -> None:
    comment = studio.write("rude")
    network.set_hidden(studio.access(youtube), comment.id, is_hidden=True)
    assert comment.status == "heldForReview"
    network.set_hidden(studio.access(youtube), comment.id, is_hidden=False)
    assert comment.status == "published"


@pytest.mark.parametrize(
    "out",
    [
        OutgoingPost("x" * 10_001, "Ug1"),
        OutgoingPost("Hi", "Ug1", is_private=True),
        OutgoingPost("Hi", "video:v1"),
        OutgoingPost("Hi", "Ug1", uploads=(Upload(b"x", "image/png"),)),
    ],
)
def test_what_youtube_cannot_take_is_refused_before_anyone_is_asked(
    youtube: Stub, studio: Studio, out: OutgoingPost
) -> None:
    with pytest.raises(errors.Refused):
        say(studio.access(youtube), out)
    assert youtube.asked == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (google_error(403, "quotaExceeded"), errors.Limited),
        (google_error(403, "rateLimitExceeded"), errors.Limited),
        (google_error(403, "commentsDisabled"), errors.Refused),
        (google_error(403, "ineligibleAccount"), errors.Forbidden),
        (google_error(403, "forbidden"), errors.Forbidden),
        (google_error(400, "commentTextTooLong"), errors.TooLong),
        (google_error(400, "processingFailure"), errors.Refused),
        (google_error(404, "parentCommentNotFound"), errors.Gone),
        (Answer.error(500), errors.Uncertain),
        (Answer.error(503), errors.Unreachable),
        (Answer(200, b"<html>"), errors.Uncertain),
        (Answer(200, {"kind": "youtube#comment"}), errors.Uncertain),
    ],
)
def test_each_error_says_what_to_do(
    youtube: Stub, studio: Studio, answer: Answer, error: type[errors.NetworkError]
) -> None:
    youtube.next(answer)
    with pytest.raises(errors.NetworkError) as caught:
        say(studio.access(youtube), OutgoingPost("Hi", "Ug1"))
    assert type(caught.value) is error
    assert "token-1" not in str(caught.value)


def test_used_up_units_wait_until_midnight_on_the_pacific_coast(
    youtube: Stub, studio: Studio
) -> None:
    youtube.next(google_error(403, "quotaExceeded"))
    told: list[Quota] = []
    with pytest.raises(errors.Limited) as caught:
        network.fetch(replace(studio.access(youtube), quota=told.append), {})
    left = (next_day() - datetime.now(UTC)).total_seconds()
    assert abs(caught.value.retry_after - left) < 5
    assert (told[-1].remaining, told[-1].cost, told[-1].resets_at) == (0, 0, next_day())


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (datetime(2026, 1, 15, 7, 59, tzinfo=UTC), datetime(2026, 1, 15, 8, tzinfo=UTC)),
        (datetime(2026, 7, 15, 7, 30, tzinfo=UTC), datetime(2026, 7, 16, 7, tzinfo=UTC)),
        (datetime(2026, 3, 8, 9, 0, tzinfo=UTC), datetime(2026, 3, 9, 7, tzinfo=UTC)),
    ],
)
def test_the_day_of_the_units_follows_summer_time(now: datetime, then: datetime) -> None:
    assert next_day(now) == then
