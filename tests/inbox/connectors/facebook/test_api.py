"""A Facebook page over its API, as documents describe it."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.connectors import errors
from inbox.connectors.base import Access, Quota
from inbox.connectors.facebook import RIGHTS, Facebook
from inbox.connectors.facebook.parsing import parse
from inbox.connectors.types import IncomingPost, OutgoingPost, Upload, Verb
from tests.networks.graph import TOKEN, FacebookPage, graph_error
from tests.networks.stub import Answer, Stub

pytestmark = pytest.mark.integration
network = Facebook()


def everything(access: Access, cursor: dict[str, Any]) -> list[IncomingPost]:
    """What a whole round brings."""
    found: list[IncomingPost] = []
    for _ in range(20):
        page = network.fetch(access, cursor)
        found += page.posts
        cursor = dict(page.cursor)
        if not page.has_more:
            return found
    raise AssertionError("The round does not end.")


def say(access: Access, out: OutgoingPost, key: str = "k") -> Any:
    return network.publish(access, out, idempotency_key=key)


def look(access: Access, out: OutgoingPost, *, ago: float = 1) -> Any:
    since = datetime.now(UTC) - timedelta(seconds=ago)
    return network.find_published(access, out, idempotency_key="k", since=since)


# Who we are


def test_the_page_is_known_and_missing_rights_are_named(facebook: Stub, page: FacebookPage) -> None:
    page.rights = [right for right in RIGHTS if right != "pages_messaging"]
    found = network.identify(page.access(facebook))
    assert (found.external_id, found.name, found.handle) == ("1111", "Kestrel", "kestrel")
    assert found.faults == (
        "The right pages_messaging is missing: messages cannot be read or answered.",
    )
    assert found.expires_at == datetime.fromtimestamp(4_000_000_000, UTC)


def test_the_token_of_another_page_is_a_fault(facebook: Stub, page: FacebookPage) -> None:
    page.rights = list(RIGHTS)
    found = network.identify(page.access(facebook, account_id="999"))
    assert found.faults == ("The token is of page 1111, not of page 999.",)


def test_signing_in_ends_with_the_pages_token(facebook: Stub, page: FacebookPage) -> None:
    access = page.access(facebook)
    url, _ = network.sign_in_url(access, redirect_uri="https://x/back", state="s", challenge="c")
    assert "client_id=app" in url
    assert "pages_messaging" in url
    found = network.finish_sign_in(access, code="c", redirect_uri="https://x/back", verifier="v")
    assert found == {"page_token": TOKEN}


def test_signing_in_to_another_page_says_which_there_are(
    facebook: Stub, page: FacebookPage
) -> None:
    access = page.access(facebook, account_id="999")
    with pytest.raises(errors.Refused, match="these accounts: 1111"):
        network.finish_sign_in(access, code="c", redirect_uri="https://x/back", verifier="v")


# Reading


def test_what_is_read_has_the_ids_of_what_is_delivered(facebook: Stub, page: FacebookPage) -> None:
    comment = page.comment("Where is it?", page.post())
    reply = page.comment("Yes, where?", comment)
    delivered = parse(page.delivery(page.told(comment), page.told(reply))).posts
    read = {post.external_id: post for post in everything(page.access(facebook), {})}
    for post in delivered:
        twin = read[post.external_id]
        assert (twin.text, twin.parent_external_id, twin.author, twin.account) == (
            post.text, post.parent_external_id, post.author, post.account,
        )  # fmt: skip


def test_a_back_fill_goes_through_all_pages_and_no_further(
    facebook: Stub, page: FacebookPage
) -> None:
    page.page_size = 3
    now = time.time()
    for number in range(10):
        page.post(f"News {number}", at=now - 3600 * (10 - number))
    cursor = network.cursor_since(datetime.now(UTC) - timedelta(hours=6.5))
    texts = {post.text for post in everything(page.access(facebook), dict(cursor))}
    assert {f"News {number}" for number in range(4, 10)} <= texts
    assert "News 0" not in texts


def test_the_second_round_brings_what_came_after_the_first(
    facebook: Stub, page: FacebookPage
) -> None:
    old = page.comment("Old", page.post(), at=time.time() - 7200)
    cursor: dict[str, Any] = {}
    while True:
        found = network.fetch(page.access(facebook), cursor)
        cursor = dict(found.cursor)
        if not found.has_more:
            break
    new = page.comment("New", page.things[old.parent])
    ids = {post.external_id for post in everything(page.access(facebook), cursor)}
    assert new.id in ids
    assert old.id not in ids


def test_messages_are_read_with_their_conversation(facebook: Stub, page: FacebookPage) -> None:
    message = page.message("My order?")
    found = {post.external_id: post for post in everything(page.access(facebook), {})}
    post = found[message.id]
    assert (post.kind, post.is_private, post.details) == (
        "direct_message", True, {"conversation": "psid-1"},
    )  # fmt: skip


def test_a_missing_right_to_messages_does_not_stop_comments(
    facebook: Stub, page: FacebookPage
) -> None:
    comment = page.comment("Hello", page.post())
    facebook.next(graph_error(10), path="/ratings")
    facebook.next(graph_error(200), path="/conversations")
    assert comment.id in {post.external_id for post in everything(page.access(facebook), {})}


def test_a_thread_is_read_whole_from_any_of_its_comments(
    facebook: Stub, page: FacebookPage
) -> None:
    comment = page.comment("Where is it?", page.post())
    reply = page.comment("Where?", comment)
    found = network.thread(page.access(facebook), reply.id)
    assert [post.external_id for post in found.posts] == [comment.id, reply.id]


def test_what_is_gone_comes_as_deleted(facebook: Stub, page: FacebookPage) -> None:
    (post,) = network.thread(page.access(facebook), "22_404").posts
    assert (post.external_id, post.verb) == ("22_404", Verb.DELETE)


def test_a_hidden_comment_is_read_as_hidden(facebook: Stub, page: FacebookPage) -> None:
    comment = page.comment("Rude", page.post())
    comment.is_hidden = True
    verbs = [p.verb for p in everything(page.access(facebook), {}) if p.external_id == comment.id]
    assert verbs == [Verb.ADD, Verb.HIDE]


def test_a_reference_is_read_by_its_own_page_only(facebook: Stub, page: FacebookPage) -> None:
    comment = page.comment("@Kestrel hi", page.post())
    (post,) = network.read(page.access(facebook), f"1111/mention/{comment.id}")
    assert (post.kind, post.text) == ("mention", "@Kestrel hi")
    assert network.read(page.access(facebook), f"2222/mention/{comment.id}") == ()
    assert network.read(page.access(facebook), "1111/mention/22_404") == ()


def test_reactions_are_counted_in_the_words_of_the_webhook(
    facebook: Stub, page: FacebookPage
) -> None:
    answer = {"id": "1111_22", "sad": {"summary": {"total_count": 3}}}
    facebook.next(Answer(body=answer))
    (post,) = network.read(page.access(facebook), "1111/counts/1111_22")
    assert post.verb is Verb.COUNT
    assert post.counts["sorry"] == 3


# Writing


def test_an_answer_is_published_under_the_comment(facebook: Stub, page: FacebookPage) -> None:
    comment = page.comment("Where is it?", page.post())
    made = say(page.access(facebook), OutgoingPost("On its way", comment.id))
    assert [(one.id, one.text, one.parent) for one in page.published] == [
        (made.external_id, "On its way", comment.id)
    ]
    assert made.url.endswith(made.external_id)


def test_a_picture_goes_up_first_and_unseen(facebook: Stub, page: FacebookPage) -> None:
    comment = page.comment("Which one?", page.post())
    picture = Upload(b"\x89PNG", "image/png", alt="A loaf")
    say(page.access(facebook), OutgoingPost("This", comment.id, uploads=(picture,)))
    (upload,) = facebook.of("POST", "/photos")
    assert (upload.form["published"], upload.form["source"]) == ("false", "<4 bytes>")
    assert facebook.of("POST", "/comments")[0].form["attachment_id"].startswith("photo")


def test_a_private_answer_reaches_the_comments_author(facebook: Stub, page: FacebookPage) -> None:
    comment = page.comment("My number is 12", page.post(), author="77")
    made = say(page.access(facebook), OutgoingPost("Thanks", comment.id, is_private=True))
    (message,) = page.published
    assert (message.is_private, message.parent, message.id) == (True, "77", made.external_id)


def test_an_answer_to_a_message_is_never_public(facebook: Stub, page: FacebookPage) -> None:
    message = page.message("Hello")
    out = OutgoingPost("Hi", message.id, kind="direct_message", details={"conversation": "psid-1"})
    say(page.access(facebook), out)
    assert facebook.of("POST", "/comments") == []
    assert page.published[0].parent == "psid-1"


@pytest.mark.parametrize("is_private", [False, True])
def test_an_answer_that_was_lost_is_found_again(
    facebook: Stub, page: FacebookPage, is_private: bool
) -> None:
    comment = page.comment("Where is it?", page.post())
    access = page.access(facebook)
    out = OutgoingPost("On its  way ä", comment.id, is_private=is_private)
    facebook.lose_answer(method="POST")
    with pytest.raises(errors.Uncertain):
        say(access, out)
    assert look(access, out).external_id == page.published[0].id


def test_nothing_is_found_where_nothing_was_published(facebook: Stub, page: FacebookPage) -> None:
    comment = page.comment("On its way", page.post())
    out = OutgoingPost("On its way", comment.id)
    assert look(page.access(facebook), out) is None


def test_an_older_answer_of_the_same_words_is_not_the_one(
    facebook: Stub, page: FacebookPage
) -> None:
    comment = page.comment("Where is it?", page.post())
    page.comment("On its way", comment, author="1111", at=time.time() - 600)
    assert look(page.access(facebook), OutgoingPost("On its way", comment.id)) is None


def test_right_after_the_attempt_nothing_is_certain(facebook: Stub, page: FacebookPage) -> None:
    comment = page.comment("Where is it?", page.post())
    access = page.access(facebook, settle_seconds="30")
    with pytest.raises(errors.Unreachable) as caught:
        look(access, OutgoingPost("On its way", comment.id), ago=10)
    assert 15 < caught.value.retry_after <= 20


def test_a_comment_can_be_hidden_liked_changed_and_removed(
    facebook: Stub, page: FacebookPage
) -> None:
    access = page.access(facebook)
    comment = page.comment("Rude", page.post())
    network.set_hidden(access, comment.id, is_hidden=True)
    assert comment.is_hidden
    network.set_liked(access, comment.id, is_liked=True)
    assert comment.likes == {"1111"}
    network.set_liked(access, comment.id, is_liked=False)
    network.edit(access, comment.id, "Kind")
    assert (comment.text, comment.likes) == ("Kind", set())
    network.delete(access, comment.id)
    network.delete(access, comment.id)
    assert comment.id not in page.things


def test_a_message_can_be_neither_changed_nor_removed(facebook: Stub, page: FacebookPage) -> None:
    with pytest.raises(errors.Unsupported):
        network.delete(page.access(facebook), "m_1")
    with pytest.raises(errors.Unsupported):
        network.edit(page.access(facebook), "m_1", "x")


def test_too_long_a_text_is_refused_before_anyone_is_asked(
    facebook: Stub, page: FacebookPage
) -> None:
    access = page.access(facebook)
    with pytest.raises(errors.TooLong):
        say(access, OutgoingPost("a" * 8001, "22_33"))
    with pytest.raises(errors.TooLong):
        say(access, OutgoingPost("ä" * 1001, "m_1", kind="direct_message"))
    assert facebook.asked == []


# What goes wrong


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (graph_error(190, subcode=460, status=401), errors.Expired),
        (graph_error(4), errors.Limited),
        (graph_error(32, status=403), errors.Limited),
        (graph_error(80001), errors.Limited),
        (graph_error(10, status=403), errors.Forbidden),
        (graph_error(230), errors.Forbidden),
        (graph_error(368), errors.Forbidden),
        (graph_error(10, subcode=2018278), errors.Refused),
        (graph_error(551), errors.Blocked),
        (graph_error(100, subcode=33), errors.Gone),
        (graph_error(100, "Param message must be less than or equal to 2000."), errors.TooLong),
        (graph_error(100, "Bad."), errors.Refused),
        (graph_error(506), errors.Refused),
        (graph_error(2, status=500), errors.Uncertain),
        (Answer.error(403), errors.Forbidden),
        (Answer.limited(90), errors.Limited),
        (Answer.error(500), errors.Uncertain),
        (Answer.error(502, b"<html>"), errors.Uncertain),
        (Answer.error(503), errors.Unreachable),
        (Answer(200, b"not json"), errors.Uncertain),
        (Answer(200, {}), errors.Uncertain),
    ],
)
def test_each_error_says_what_to_do(
    facebook: Stub, page: FacebookPage, answer: Answer, error: type[errors.NetworkError]
) -> None:
    facebook.next(answer)
    with pytest.raises(errors.NetworkError) as caught:
        say(page.access(facebook), OutgoingPost("Hi", "22_33"))
    assert type(caught.value) is error
    assert TOKEN not in str(caught.value)
    assert page.published == []


def test_the_reason_tells_that_a_password_was_changed(facebook: Stub, page: FacebookPage) -> None:
    facebook.next(graph_error(190, subcode=460, status=401))
    with pytest.raises(errors.Expired, match="the password was changed"):
        say(page.access(facebook), OutgoingPost("Hi", "22_33"))


def test_reading_again_is_never_uncertain(facebook: Stub, page: FacebookPage) -> None:
    facebook.next(graph_error(2, status=500), Answer.error(500))
    for _ in range(2):
        with pytest.raises(errors.Unreachable):
            network.fetch(page.access(facebook), {})


def test_an_exhausted_page_waits_as_long_as_it_is_told(facebook: Stub, page: FacebookPage) -> None:
    told: list[Quota] = []
    usage = (
        '{"1111":[{"type":"pages","call_count":100,"total_time":5,"total_cputime":5,'
        '"estimated_time_to_regain_access":7}]}'
    )
    headers = {"X-Business-Use-Case-Usage": usage, "X-App-Usage": '{"call_count":28}'}
    facebook.next(replace(graph_error(80001), headers=headers))
    with pytest.raises(errors.Limited) as caught:
        network.fetch(replace(page.access(facebook), quota=told.append), {})
    assert caught.value.retry_after == 420
    assert {(quota.name, quota.remaining) for quota in told} == {("app", 72), ("pages", 0)}


def test_the_app_proves_that_the_token_is_its_own(facebook: Stub, page: FacebookPage) -> None:
    network.fetch(page.access(facebook), {})
    asked = facebook.asked[0]
    assert len(asked.query["appsecret_proof"]) == 64
    assert "access_token" not in asked.query
