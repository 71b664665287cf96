"""Replies to a system of one's own, over the Standard Webhooks scheme."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from inbox.connectors import errors
from inbox.connectors.base import Access
from inbox.connectors.signature import new_secret
from inbox.connectors.types import OutgoingPost, Upload
from inbox.connectors.webhook import Webhook
from tests.networks.stub import Answer, Stub
from tests.networks.webhook import Receiver

pytestmark = pytest.mark.integration
network = Webhook()
OUT = OutgoingPost("Hi & 🦊 <b>", "c-1", root="p-1", recipient="u-7", details={"board": "north"})


def say(access: Access, out: OutgoingPost = OUT, key: str = "k-1") -> Any:
    return network.publish(access, out, idempotency_key=key)


def look(access: Access, key: str = "k-1") -> Any:
    return network.find_published(access, OUT, idempotency_key=key, since=datetime.now(UTC))


def test_the_receiver_says_what_it_can(receiver_stub: Stub, receiver: Receiver) -> None:
    receiver.supports = ["edit", "lookup", "fly"]
    found = network.identify(receiver.access(receiver_stub, supports=""))
    assert found.settings["reply_supports"] == "edit lookup"
    assert (found.name, found.settings["reply_length"]) == ("Forum", "500")
    able = network.able(found.settings)
    assert (able.reply, able.edit, able.delete, able.private_reply) == (True, True, False, False)
    assert set(able.missing) >= {"delete", "private_reply", "media", "like"}


def test_without_an_address_there_is_no_reply() -> None:
    able = network.able({})
    assert (able.deliveries, able.reply) == (True, False)
    assert "address" in able.missing["reply"]
    with pytest.raises(errors.Refused, match="no address"):
        say(Access("", secrets={"secret": new_secret()}))


def test_a_reply_says_what_it_answers_and_gives_back_what_came(
    receiver_stub: Stub, receiver: Receiver
) -> None:
    made = say(receiver.access(receiver_stub))
    assert (made.external_id, made.url) == ("r-k-1", "https://forum.example/r/k-1")
    told = receiver.published["k-1"]
    assert (told["text"], told["in_reply_to"], told["thread"]) == (OUT.text, "c-1", "p-1")
    assert told["recipient"] == {"external_id": "u-7", "handle": ""}
    assert (told["details"], told["is_private"]) == ({"board": "north"}, False)
    (asked,) = receiver_stub.asked
    assert asked.headers["webhook-id"] == "k-1"


def test_the_same_reply_twice_is_one(receiver_stub: Stub, receiver: Receiver) -> None:
    access = receiver.access(receiver_stub)
    assert say(access) == say(access)
    assert (len(receiver.published), receiver.hears) == (1, 2)


def test_pictures_come_along_where_they_are_taken(receiver_stub: Stub, receiver: Receiver) -> None:
    out = replace(OUT, uploads=(Upload(b"\x89PNG", "image/png", alt="A loaf", name="loaf.png"),))
    say(receiver.access(receiver_stub), out)
    (told,) = receiver.published["k-1"]["attachments"]
    assert base64.b64decode(told["content"]) == b"\x89PNG"
    assert (told["alt"], told["name"]) == ("A loaf", "loaf.png")
    with pytest.raises(errors.Refused, match="no pictures"):
        say(receiver.access(receiver_stub, supports="edit"), out)


def test_a_reply_without_an_id_goes_by_its_webhook_id(
    receiver_stub: Stub, receiver: Receiver
) -> None:
    receiver_stub.next(Answer(204, b""), Answer(200, b"<p>thanks</p>"))
    for _ in range(2):
        assert say(receiver.access(receiver_stub)).external_id == "k-1"


def test_a_reply_done_before_is_no_conflict(receiver_stub: Stub, receiver: Receiver) -> None:
    receiver_stub.next(Answer(409, {"id": "r-9"}), Answer(409, {"message": "Closed."}))
    assert say(receiver.access(receiver_stub)).external_id == "r-9"
    with pytest.raises(errors.Refused, match="Closed"):
        say(receiver.access(receiver_stub))


def test_while_a_secret_changes_either_opens(receiver_stub: Stub, receiver: Receiver) -> None:
    access = receiver.access(receiver_stub)
    both = replace(access, secrets={"secret": f"{new_secret()} {receiver.secret}"})
    assert say(both).external_id == "r-k-1"
    own = replace(access, secrets={"secret": new_secret(), "reply_secret": receiver.secret})
    assert say(own, key="k-2").external_id == "r-k-2"


@pytest.mark.parametrize("secrets", [{}, {"secret": "gAAAAciphertext"}])
def test_nothing_goes_out_unsigned(
    receiver_stub: Stub, receiver: Receiver, secrets: dict[str, str]
) -> None:
    with pytest.raises(errors.Expired):
        say(replace(receiver.access(receiver_stub), secrets=secrets))
    assert receiver_stub.asked == []


def test_a_private_address_is_not_written_to(receiver_stub: Stub, receiver: Receiver) -> None:
    access = replace(receiver.access(receiver_stub), allow_private=False)
    with pytest.raises(errors.Unreachable, match="public"):
        say(access)
    assert receiver_stub.asked == []


def test_an_answer_that_was_lost_is_looked_for(receiver_stub: Stub, receiver: Receiver) -> None:
    access = receiver.access(receiver_stub)
    assert look(access) is None
    receiver_stub.lose_answer(method="POST")
    with pytest.raises(errors.Uncertain):
        say(access)
    assert look(access).external_id == "r-k-1"


def test_whoever_cannot_be_asked_is_sent_the_same_again(
    receiver_stub: Stub, receiver: Receiver
) -> None:
    access = receiver.access(receiver_stub, supports="edit")
    receiver_stub.lose_answer(method="POST")
    with pytest.raises(errors.Uncertain):
        say(access)
    assert look(access) is None
    say(access)
    assert len(receiver.published) == 1


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_receiver_that_does_not_answer_proves_nothing(
    receiver_stub: Stub, receiver: Receiver, status: int
) -> None:
    receiver_stub.next(Answer(status, {}))
    with pytest.raises((errors.Unreachable, errors.Uncertain)):
        look(receiver.access(receiver_stub))


def test_words_are_changed_and_taken_back(receiver_stub: Stub, receiver: Receiver) -> None:
    access = receiver.access(receiver_stub)
    made = say(access)
    assert network.edit(access, made.external_id, "Hello").external_id == made.external_id
    assert receiver.published["k-1"]["text"] == "Hello"
    for _ in range(2):
        network.delete(access, made.external_id)
    assert receiver.published == {}
    with pytest.raises(errors.Gone):
        network.edit(access, made.external_id, "Hello")


def test_a_text_longer_than_was_said_is_not_sent(receiver_stub: Stub, receiver: Receiver) -> None:
    with pytest.raises(errors.TooLong, match="500"):
        say(receiver.access(receiver_stub, reply_length="500"), replace(OUT, text="x" * 501))
    assert receiver_stub.asked == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(400, {"message": "The thread is closed."}), errors.Refused),
        (Answer(401, {}), errors.Expired),
        (Answer(403, {}), errors.Forbidden),
        (Answer(404, {}), errors.Gone),
        (Answer(410, {}), errors.Gone),
        (Answer(413, {}), errors.TooLong),
        (Answer(422, {"message": "At most 200 characters."}), errors.TooLong),
        (Answer(429, {}, {"retry-after": "17"}), errors.Limited),
        (Answer(302, b"", {"location": "http://10.0.0.1/"}), errors.Refused),
        (Answer(500, {}), errors.Uncertain),
        (Answer(503, {}), errors.Unreachable),
        (Answer(200, {"id": ["x"]}), errors.Uncertain),
    ],
)
def test_each_error_says_what_to_do(
    receiver_stub: Stub, receiver: Receiver, answer: Answer, error: type[errors.NetworkError]
) -> None:
    receiver_stub.next(answer)
    with pytest.raises(errors.NetworkError) as caught:
        say(receiver.access(receiver_stub))
    assert type(caught.value) is error
    if isinstance(answer.body, dict) and "message" in answer.body:
        assert answer.body["message"] in caught.value.reason
    if answer.status == 429:
        assert caught.value.retry_after == 17
