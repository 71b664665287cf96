"""Deliveries prove where they come from, byte for byte; each case for every signed network."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from inbox.connectors.base import Access, Network
from inbox.connectors.discourse import Discourse
from inbox.connectors.facebook import Facebook
from inbox.connectors.instagram import Instagram
from inbox.connectors.linkedin import LinkedIn
from inbox.connectors.signature import SignatureError
from inbox.connectors.x import X

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BODY = b'{"object":"page"}'
HEX = "c1456f83e15385a03562cbe2eaaa918ec5e06b4f170f909283a2781c7924e4d1"
META, X_HEADER = "X-Hub-Signature-256", "x-twitter-webhooks-signature"
VECTORS = [
    (Facebook(), META, f"sha256={HEX}"),
    (Instagram(), META, f"sha256={HEX}"),
    (Discourse(), "X-Discourse-Event-Signature", f"sha256={HEX}"),
    (X(), X_HEADER, "sha256=wUVvg+FThaA1Ysvi6qqRjsXga08XD5CSg6J4HHkk5NE="),
]
each = pytest.mark.parametrize(("network", "header", "value"), VECTORS, ids=lambda v: str(v)[:12])


def access(secret: str = "secret") -> Access:
    names = ("app_secret", "consumer_secret", "webhook_secret", "client_secret")
    secrets = dict.fromkeys(names, secret) | {"verify_token": "verify-ä"}
    return Access("https://example.com", secrets=secrets)


def check(network: Network, headers: dict[str, str], body: bytes, secret: str = "secret") -> None:
    network.verify(access(secret), headers, body, now=NOW)


@each
def test_the_vector_is_accepted_in_any_case_of_the_header(
    network: Network, header: str, value: str
) -> None:
    check(network, {header: value}, BODY)
    check(network, {header.upper(): value}, BODY)


@each
def test_whatever_else_is_refused(network: Network, header: str, value: str) -> None:
    other = base64.b64encode(bytes.fromhex(HEX)).decode() if HEX in value else HEX
    amiss: list[tuple[dict[str, str], bytes, str]] = [
        ({header: value}, BODY, "another"),
        ({header: value}, BODY, ""),
        ({header: value}, BODY[:-1] + b" ", "secret"),
        ({header: value}, json.dumps(json.loads(BODY)).encode(), "secret"),
        ({}, BODY, "secret"),
        ({header: ""}, BODY, "secret"),
        ({header: value.removeprefix("sha256=")}, BODY, "secret"),
        ({header: f"sha256={other}"}, BODY, "secret"),
        ({header: "sha256=ä"}, BODY, "secret"),
        ({header: value[:-4]}, BODY, "secret"),
    ]
    for headers, body, secret in amiss:
        with pytest.raises(SignatureError):
            check(network, headers, body, secret)


@pytest.mark.parametrize("body", [b'{"m":"\\u00e4 \\ud83e\\udd8a"}', '{"m":"ä 🦊 مرحبا"}'.encode()])
@each
def test_the_bytes_are_signed_as_they_came(
    network: Network, header: str, value: str, body: bytes
) -> None:
    found = hmac.new(b"secret", body, hashlib.sha256)
    text = found.hexdigest() if HEX in value else base64.b64encode(found.digest()).decode()
    check(network, {header: f"sha256={text}"}, body)
    with pytest.raises(SignatureError):
        check(network, {header: f"sha256={text}"}, json.dumps(json.loads(body)).encode() + b" ")


@pytest.mark.parametrize("network", [Facebook(), Instagram()])
def test_meta_is_answered_with_its_challenge_for_the_right_words_only(network: Network) -> None:
    query = {
        "hub.mode": "subscribe", "hub.challenge": "<b>1158</b>", "hub.verify_token": "verify-ä",
    }  # fmt: skip
    answer = network.handshake(access(), query, {})
    assert answer is not None
    assert (answer.body, answer.content_type) == (b"<b>1158</b>", "text/plain")
    for wrong in ({"hub.verify_token": "guess"}, {"hub.mode": "unsubscribe"}):
        assert network.handshake(access(), query | wrong, {}) is None
    assert network.handshake(Access(""), query | {"hub.verify_token": ""}, {}) is None


def test_linkedin_signs_with_a_word_before_the_body() -> None:
    told = "4937fa5cac068f10cfd725a12f66d0e7c4771c3e5fe78d3b5dd4159138e102c7"
    check(LinkedIn(), {"x-li-signature": told}, BODY)
    amiss: list[tuple[dict[str, str], bytes, str]] = [
        ({"X-LI-Signature": told}, BODY, "another"),
        ({"X-LI-Signature": told}, BODY, ""),
        ({"X-LI-Signature": told}, BODY[:-1] + b" ", "secret"),
        ({"X-LI-Signature": told}, json.dumps(json.loads(BODY)).encode(), "secret"),
        ({"X-LI-Signature": HEX}, BODY, "secret"),
        ({"X-LI-Signature": base64.b64encode(bytes.fromhex(told)).decode()}, BODY, "secret"),
        ({"X-LI-Signature": ""}, BODY, "secret"),
        ({}, BODY, "secret"),
    ]
    for headers, body, secret in amiss:
        with pytest.raises(SignatureError):
            check(LinkedIn(), headers, body, secret)


def test_linkedin_is_answered_with_its_code_signed() -> None:
    answer = LinkedIn().handshake(access(), {"challengeCode": "c"}, {})
    assert answer is not None
    assert json.loads(answer.body) == {
        "challengeCode": "c",
        "challengeResponse": "ef006b65b8ce49c891479554278e47e7d76735e7ddd6392fc68342322f39e3c4",
    }
    assert answer.content_type == "application/json"
    assert LinkedIn().handshake(access(), {}, {}) is None
    assert LinkedIn().handshake(Access(""), {"challengeCode": "c"}, {}) is None


def test_x_is_answered_with_its_token_signed() -> None:
    answer = X().handshake(access(), {"crc_token": "crc123"}, {})
    assert answer is not None
    assert json.loads(answer.body) == {
        "response_token": "sha256=UlTwT35zP/APPUZIJMcJ6y+6gmB9i/vZ04q+krkI8Co="
    }
    assert X().handshake(access(), {}, {}) is None
    assert X().handshake(Access(""), {"crc_token": "crc123"}, {}) is None
