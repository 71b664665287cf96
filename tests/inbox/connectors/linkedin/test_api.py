"""A LinkedIn page over its API, as documents describe it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.connectors import errors
from inbox.connectors.base import Access
from inbox.connectors.linkedin import LinkedIn
from inbox.connectors.types import IncomingPost, OutgoingPost, Upload, Verb
from tests.networks.linkedin import ACTIVITY, PAGE, SHARE, CompanyPage, linkedin_error
from tests.networks.stub import Answer, Stub

pytestmark = pytest.mark.integration
network = LinkedIn()


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


def answer_to(remark: Any, text: str = "Hi", **more: Any) -> OutgoingPost:
    details = {"object": ACTIVITY, "top": remark.parent or remark.urn, "post": SHARE}
    return OutgoingPost(text, remark.urn, details=details, **more)


def say(access: Access, out: OutgoingPost) -> Any:
    return network.publish(access, out, idempotency_key="k")


def look(access: Access, out: OutgoingPost) -> Any:
    since = datetime.now(UTC) - timedelta(seconds=2)
    return network.find_published(access, out, idempotency_key="k", since=since)


def test_the_page_is_known_and_what_is_missing_is_named(
    linkedin: Stub, company: CompanyPage
) -> None:
    found = network.identify(company.access(linkedin))
    assert (found.external_id, found.name, found.faults) == ("5515715", "Kestrel", ())
    company.scope, company.is_admin = "r_organization_social", False
    assert len(network.identify(company.access(linkedin)).faults) == 3


def test_each_question_names_its_version(linkedin: Stub, company: CompanyPage) -> None:
    network.identify(company.access(linkedin, version="202601"))
    assert {asked.headers["linkedin-version"] for asked in linkedin.asked} == {"202601"}


def test_a_sign_in_ends_with_tokens_and_their_end(linkedin: Stub, company: CompanyPage) -> None:
    access = company.access(linkedin)
    url, _ = network.sign_in_url(access, redirect_uri="https://a/", state="s", challenge="c")
    assert "w_organization_social" in url
    found = network.finish_sign_in(access, code="c", redirect_uri="https://a/", verifier="v")
    ends = datetime.fromisoformat(found["expires_at"])
    assert timedelta(days=59) < ends - datetime.now(UTC) <= timedelta(days=60)


def test_the_end_of_the_sign_in_is_watched(linkedin: Stub, company: CompanyPage) -> None:
    access = company.access(linkedin)
    secrets = {**access.secrets, "refresh_token": "", "expires_at": "2999-01-01T00:00:00+00:00"}
    assert network.identify(replace(access, secrets=secrets)).expires_at == datetime(
        2999, 1, 1, tzinfo=UTC
    )


def test_a_token_that_ended_is_renewed(linkedin: Stub, company: CompanyPage) -> None:
    told: list[Any] = []
    company.token = "token-7"
    remark = company.write("hello")
    say(replace(company.access(linkedin), renewed=told.append), answer_to(remark))
    assert told[0]["access_token"] == "token-7"
    assert len(company.published) == 1


def test_without_renewal_an_ended_token_is_expired(linkedin: Stub, company: CompanyPage) -> None:
    company.token = "token-7"
    access = company.access(linkedin)
    with pytest.raises(errors.Expired):
        network.fetch(replace(access, secrets={**access.secrets, "refresh_token": ""}), {})


def test_what_a_delivery_names_is_read_as_it_is_asked_for(
    linkedin: Stub, company: CompanyPage
) -> None:
    access = company.access(linkedin)
    remark = company.write("Is it <b>warm</b>? 🦊")
    body, headers = company.delivery(remark)
    network.verify(access, headers, body, now=datetime.now(UTC))
    (named,) = network.parse_delivery(access, headers, body).unread
    post, comment = network.read(access, named)
    assert (post.external_id, post.text, post.is_own) == (ACTIVITY, "Our new oven", True)
    assert (comment.parent_external_id, comment.text) == (ACTIVITY, "Is it <b>warm</b>? 🦊")
    found, _ = round_of(access, {})
    assert (found[comment.external_id], found[ACTIVITY]) == (comment, post)


def test_a_comment_that_is_gone_when_it_is_read_is_deleted(
    linkedin: Stub, company: CompanyPage
) -> None:
    (gone,) = network.read(company.access(linkedin), f"urn:li:comment:({ACTIVITY},404)|{SHARE}")
    assert gone.verb is Verb.DELETE


def test_a_post_that_mentions_the_page_is_read(linkedin: Stub, company: CompanyPage) -> None:
    (post,) = network.read(company.access(linkedin), SHARE)
    assert (post.external_id, post.text) == (SHARE, "Our new oven")


def test_a_round_has_comments_and_their_answers(linkedin: Stub, company: CompanyPage) -> None:
    remark = company.write("first")
    answer = company.write("second", under=remark, by=PAGE)
    found, _ = round_of(company.access(linkedin), {})
    assert set(found) == {ACTIVITY, remark.urn, answer.urn}
    assert found[answer.urn].is_own
    assert found[answer.urn].parent_external_id == remark.urn


def test_the_next_round_goes_on_from_the_newest(linkedin: Stub, company: CompanyPage) -> None:
    old = company.write("first")
    old.at -= timedelta(hours=1)
    last = company.write("second")
    _, cursor = round_of(company.access(linkedin), {})
    new = company.write("third")
    found, _ = round_of(company.access(linkedin), cursor)
    assert set(found) == {ACTIVITY, last.urn, new.urn}


def test_more_comments_than_a_page_holds_are_read(linkedin: Stub, company: CompanyPage) -> None:
    remark = company.write("first")
    answers = [company.write(f"answer {number}", under=remark) for number in range(150)]
    found = network.thread(company.access(linkedin), answers[3].urn)
    assert len(found.posts) == 151


def test_a_thread_that_is_gone_is_deleted(linkedin: Stub, company: CompanyPage) -> None:
    (gone,) = network.thread(company.access(linkedin), f"urn:li:comment:({ACTIVITY},404)").posts
    assert gone.verb is Verb.DELETE


def test_an_answer_to_an_answer_goes_under_the_first_comment(
    linkedin: Stub, company: CompanyPage
) -> None:
    remark = company.write("first")
    answer = company.write("second", under=remark)
    made = say(company.access(linkedin), answer_to(answer))
    assert company.published[0].parent == remark.urn
    assert made.external_id == company.published[0].urn
    sent = linkedin.of("POST", "/comments")[0].json
    assert (sent["actor"], sent["object"]) == (PAGE, ACTIVITY)


def test_an_answer_that_was_lost_is_found_again(linkedin: Stub, company: CompanyPage) -> None:
    out = answer_to(company.write("first"), "Hi & welcome")
    access = company.access(linkedin)
    assert look(access, out) is None
    linkedin.lose_answer(method="POST")
    with pytest.raises(errors.Uncertain):
        say(access, out)
    assert look(access, out).external_id == company.published[0].urn


def test_right_after_the_attempt_nothing_is_certain(linkedin: Stub, company: CompanyPage) -> None:
    with pytest.raises(errors.Unreachable):
        look(company.access(linkedin, settle_seconds="30"), answer_to(company.write("first")))


def test_a_comment_of_ours_can_be_reworded_and_removed(
    linkedin: Stub, company: CompanyPage
) -> None:
    access = company.access(linkedin)
    made = say(access, answer_to(company.write("first")))
    assert network.edit(access, made.external_id, "Hello").external_id == made.external_id
    assert company.published[0].text == "Hello"
    assert linkedin.asked[-1].headers["x-restli-method"] == "PARTIAL_UPDATE"
    for _ in range(2):
        network.delete(access, made.external_id)
    assert linkedin.asked[-1].query["actor"] == PAGE
    assert made.external_id not in company.remarks


@pytest.mark.parametrize(
    "more", [{"is_private": True}, {"text": "x" * 1251}, {"uploads": (Upload(b"x", "image/png"),)}]
)
def test_what_linkedin_cannot_take_is_refused_before_anyone_is_asked(
    linkedin: Stub, company: CompanyPage, more: dict[str, Any]
) -> None:
    with pytest.raises(errors.Refused):
        say(company.access(linkedin), replace(answer_to(company.write("first")), **more))
    assert linkedin.asked == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (linkedin_error(400, "Comment text too long"), errors.TooLong),
        (linkedin_error(400), errors.Refused),
        (linkedin_error(403, "Comments are disabled for this post"), errors.Blocked),
        (linkedin_error(403), errors.Forbidden),
        (linkedin_error(404), errors.Gone),
        (linkedin_error(426, "Requested version is not active"), errors.Refused),
        (linkedin_error(429), errors.Limited),
        (Answer.error(500), errors.Uncertain),
        (Answer.error(503), errors.Unreachable),
        (Answer(201, b""), errors.Uncertain),
        (Answer(201, b"", {"x-restli-id": "<script>"}), errors.Uncertain),
    ],
)
def test_each_error_says_what_to_do(
    linkedin: Stub, company: CompanyPage, answer: Answer, error: type[errors.NetworkError]
) -> None:
    linkedin.next(answer)
    with pytest.raises(errors.NetworkError) as caught:
        say(company.access(linkedin), answer_to(company.write("first")))
    assert type(caught.value) is error
    assert "token-1" not in str(caught.value)


def test_a_daily_limit_waits_until_midnight(linkedin: Stub, company: CompanyPage) -> None:
    linkedin.next(linkedin_error(429))
    with pytest.raises(errors.Limited) as caught:
        network.fetch(company.access(linkedin), {})
    assert 0 < caught.value.retry_after <= 86_400
