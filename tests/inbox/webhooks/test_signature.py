"""The signature check, held against the scheme's own library."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from inbox.connectors.signature import SignatureError, new_secret, sign, verify

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = b'{"posts": []}'


def headers(secret: str = SECRET, body: bytes = BODY, at: datetime = NOW) -> dict[str, str]:
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": sign(
            secret, delivery_id="msg_1", timestamp=int(at.timestamp()), body=body
        ),
    }


@given(text=st.text(), delivery_id=st.text("abcdef0123456789_", min_size=1))
def test_what_the_library_signs_is_accepted(text: str, delivery_id: str) -> None:
    given_headers = {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(delivery_id, NOW, text),
    }
    assert verify([SECRET], given_headers, text.encode(), now=NOW) == delivery_id


@given(text=st.text())
def test_what_we_sign_the_library_signs_the_same(text: str) -> None:
    ours = sign(SECRET, delivery_id="m", timestamp=int(NOW.timestamp()), body=text.encode())
    assert ours == Webhook(SECRET).sign("m", NOW, text)


def test_the_vector_of_the_specification() -> None:
    body = b'{"test": 2432232314}'
    signature = sign(
        SECRET, delivery_id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=body
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_body_that_is_not_utf8_can_be_signed() -> None:
    body = b'{"text": "caf\xe9"}'
    assert verify([SECRET], headers(body=body), body, now=NOW) == "msg_1"


def test_either_of_two_secrets_opens() -> None:
    assert verify([OTHER, SECRET], headers(), BODY, now=NOW) == "msg_1"


def test_one_good_signature_among_several_is_enough() -> None:
    sent = headers()
    sent["webhook-signature"] = f"v1,AAAA v2,xyz {sent['webhook-signature']}"
    assert verify([SECRET], sent, BODY, now=NOW) == "msg_1"


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_each_header_is_needed(name: str) -> None:
    sent = headers()
    del sent[name]
    with pytest.raises(SignatureError, match=f"{name} is missing"):
        verify([SECRET], sent, BODY, now=NOW)


def test_another_key_is_refused() -> None:
    with pytest.raises(SignatureError, match="No signature matches"):
        verify([SECRET], headers(OTHER), BODY, now=NOW)


def test_one_changed_byte_is_refused() -> None:
    with pytest.raises(SignatureError, match="No signature matches"):
        verify([SECRET], headers(), BODY[:-1] + b" ", now=NOW)


def test_a_signature_for_another_id_is_refused() -> None:
    with pytest.raises(SignatureError, match="No signature matches"):
        verify([SECRET], headers() | {"webhook-id": "msg_2"}, BODY, now=NOW)


def test_no_secret_opens_nothing() -> None:
    with pytest.raises(SignatureError):
        verify([], headers(), BODY, now=NOW)


@pytest.mark.parametrize(
    ("age", "word"), [(timedelta(minutes=6), "past"), (timedelta(minutes=-6), "future")]
)
def test_a_time_too_far_away_is_refused(age: timedelta, word: str) -> None:
    with pytest.raises(SignatureError, match=word):
        verify([SECRET], headers(at=NOW - age), BODY, now=NOW)


@pytest.mark.parametrize("age", [timedelta(minutes=4, seconds=59), timedelta(minutes=-4)])
def test_five_minutes_are_tolerated(age: timedelta) -> None:
    assert verify([SECRET], headers(at=NOW - age), BODY, now=NOW)


@pytest.mark.parametrize("value", ["soon", "", "1e9", "-5", "nan", "²", "1" * 400, "1.5"])
def test_a_timestamp_that_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(SignatureError, match="webhook-timestamp"):
        verify([SECRET], headers() | {"webhook-timestamp": value}, BODY, now=NOW)


def test_hexadecimal_is_told_apart_from_base64() -> None:
    digest = base64.b64decode(headers()["webhook-signature"].removeprefix("v1,"))
    with pytest.raises(SignatureError, match="hexadecimal"):
        verify([SECRET], headers() | {"webhook-signature": f"v1,{digest.hex()}"}, BODY, now=NOW)


@pytest.mark.parametrize(
    "value", ["v1", "v1,", "sha256=abc", ",", "v1a,AAAA", "v1,ä", "v1,A", "  "]
)
def test_a_malformed_signature_is_refused(value: str) -> None:
    with pytest.raises(SignatureError):
        verify([SECRET], headers() | {"webhook-signature": value}, BODY, now=NOW)


def test_secrets_differ_and_the_library_takes_them() -> None:
    first, second = new_secret(), new_secret()
    assert first != second
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32
    assert Webhook(first).sign("m", NOW, "x")
