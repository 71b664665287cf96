"""An Instagram account over its API, as documents describe it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.connectors import errors
from inbox.connectors.base import Access
from inbox.connectors.instagram import RIGHTS, Instagram
from inbox.connectors.instagram.parsing import parse
from inbox.connectors.types import IncomingPost, OutgoingPost, Upload, Verb
from tests.networks.graph import TOKEN, InstagramAccount, graph_error
from tests.networks.stub import Answer, Stub

pytestmark = pytest.mark.integration
network = Instagram()


def everything(access: Access, cursor: dict[str, Any]) -> dict[str, IncomingPost]:
    """What a whole round brings, by id."""
    found: dict[str, IncomingPost] = {}
    for _ in range(20):
        page = network.fetch(access, cursor)
        found |= {post.external_id: post for post in page.posts if post.verb is Verb.ADD}
        cursor = dict(page.cursor)
        if not page.has_more:
            return found
    raise AssertionError("The round does not end.")


def say(access: Access, out: OutgoingPost) -> Any:
    return network.publish(access, out, idempotency_key="k")


def look(access: Access, out: OutgoingPost) -> Any:
    since = datetime.now(UTC) - timedelta(seconds=1)
    return network.find_published(access, out, idempotency_key="k", since=since)


def test_the_account_is_known_and_missing_rights_are_named(
    instagram: Stub, account: InstagramAccount
) -> None:
    account.rights = [right for right in RIGHTS if right != "instagram_manage_comments"]
    found = network.identify(account.access(instagram))
    assert (found.external_id, found.handle) == ("3333", "kestrel")
    assert len(found.faults) == 1
    assert "instagram_manage_comments" in found.faults[0]


def test_signing_in_chooses_the_page_of_the_account(
    instagram: Stub, account: InstagramAccount
) -> None:
    found = network.finish_sign_in(
        account.access(instagram), code="c", redirect_uri="https://x/", verifier="v"
    )
    assert found == {"page_token": TOKEN}


def test_what_is_read_has_the_ids_of_what_is_delivered(
    instagram: Stub, account: InstagramAccount
) -> None:
    picture = account.picture()
    comment = account.comment("How much?", picture)
    reply = account.comment("Yes, how much?", comment)
    value = {"id": reply.id, "text": reply.text, "parent_id": comment.id,
             "from": {"id": "77", "username": "sam"}, "media": {"id": picture.id}}  # fmt: skip
    (told,) = parse(account.delivery(value, field_name="comments")).posts
    read = everything(account.access(instagram), {})
    twin = read[reply.id]
    assert (twin.text, twin.parent_external_id, twin.author, twin.details) == (
        told.text, told.parent_external_id, told.author, told.details,
    )  # fmt: skip
    assert read[comment.id].parent_external_id == picture.id
    assert read[picture.id].is_own


def test_messages_are_read_with_their_conversation(
    instagram: Stub, account: InstagramAccount
) -> None:
    message = account.message("Hello")
    assert everything(account.access(instagram), {})[message.id].is_private
    assert instagram.of("GET", "/conversations")[0].query["platform"] == "instagram"


def test_a_mention_is_read_by_its_ids(instagram: Stub, account: InstagramAccount) -> None:
    theirs = account.comment("@kestrel is good", account.picture())
    access = account.access(instagram)
    (post,) = network.read(access, f"3333/mention/17777/{theirs.id}")
    assert (post.kind, post.text, post.parent_external_id) == (
        "mention", "@kestrel is good", "17777",
    )  # fmt: skip
    assert network.read(access, "3333/mention/17777/404") == ()
    assert network.read(access, f"4444/mention/17777/{theirs.id}") == ()


def test_a_thread_is_read_whole_from_a_reply(instagram: Stub, account: InstagramAccount) -> None:
    comment = account.comment("How much?", account.picture())
    reply = account.comment("Yes?", comment)
    found = network.thread(account.access(instagram), reply.id)
    assert [post.external_id for post in found.posts] == [comment.id, reply.id]
    (gone,) = network.thread(account.access(instagram), "18404").posts
    assert gone.verb is Verb.DELETE


def test_an_answer_to_a_reply_goes_under_the_comment_above(
    instagram: Stub, account: InstagramAccount
) -> None:
    comment = account.comment("How much?", account.picture())
    reply = account.comment("Yes?", comment)
    say(account.access(instagram), OutgoingPost("Two", reply.id, details={"parent": comment.id}))
    assert account.published[0].parent == comment.id


def test_a_mention_is_answered_where_it_stands(instagram: Stub, account: InstagramAccount) -> None:
    details = {"media": "17777", "is_mention": True}
    say(account.access(instagram), OutgoingPost("Thanks", "18009", details=details))
    (asked,) = instagram.of("POST", "/mentions")
    assert (asked.form["media_id"], asked.form["comment_id"]) == ("17777", "18009")


@pytest.mark.parametrize("is_private", [False, True])
def test_an_answer_that_was_lost_is_found_again(
    instagram: Stub, account: InstagramAccount, is_private: bool
) -> None:
    comment = account.comment("How much?", account.picture())
    access = account.access(instagram)
    out = OutgoingPost("Two", comment.id, is_private=is_private)
    assert look(access, out) is None
    instagram.lose_answer(method="POST")
    with pytest.raises(errors.Uncertain):
        say(access, out)
    assert look(access, out).external_id == account.published[0].id


def test_a_lost_answer_to_a_mention_stays_uncertain(
    instagram: Stub, account: InstagramAccount
) -> None:
    out = OutgoingPost("Thanks", "18009", details={"media": "17777", "is_mention": True})
    with pytest.raises(errors.Uncertain):
        look(account.access(instagram), out)


def test_a_comment_can_be_hidden_and_removed(instagram: Stub, account: InstagramAccount) -> None:
    access = account.access(instagram)
    comment = account.comment("Rude", account.picture())
    network.set_hidden(access, comment.id, is_hidden=True)
    assert comment.is_hidden
    network.delete(access, comment.id)
    network.delete(access, comment.id)
    assert comment.id not in account.things


def test_what_instagram_cannot_do_is_refused(instagram: Stub, account: InstagramAccount) -> None:
    access = account.access(instagram)
    picture = (Upload(b"x", "image/png"),)
    with pytest.raises(errors.Refused, match="no pictures"):
        say(access, OutgoingPost("x", "18001", uploads=picture))
    with pytest.raises(errors.TooLong):
        say(access, OutgoingPost("a" * 2201, "18001"))
    with pytest.raises(errors.Unsupported):
        network.edit(access, "18001", "x")
    assert instagram.asked == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (graph_error(190, status=401), errors.Expired),
        (graph_error(10, subcode=2534022, status=403), errors.Refused),
        (graph_error(4), errors.Limited),
        (Answer.error(403), errors.Forbidden),
        (Answer.limited(60), errors.Limited),
        (Answer.error(500), errors.Uncertain),
    ],
)
def test_each_error_says_what_to_do(
    instagram: Stub, account: InstagramAccount, answer: Answer, error: type[errors.NetworkError]
) -> None:
    instagram.next(answer)
    with pytest.raises(errors.NetworkError) as caught:
        say(account.access(instagram), OutgoingPost("Hi", "18001"))
    assert type(caught.value) is error
