"""What is sent agrees with its published schema."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from inbox.connectors.types import OutgoingPost, Upload
from inbox.connectors.webhook import Webhook
from tests.networks.stub import Stub
from tests.networks.webhook import Receiver

pytestmark = pytest.mark.integration
SCHEMA = Path("docs/channels/webhook-replies.schema.json")


def test_everything_sent_agrees_with_the_schema(receiver_stub: Stub, receiver: Receiver) -> None:
    access, network = receiver.access(receiver_stub), Webhook()
    network.identify(access)
    picture = Upload(b"x", "image/png")
    out = OutgoingPost("Hi", "c-1", recipient="u", uploads=(picture,), details={"a": [1]})
    made = network.publish(access, out, idempotency_key="k")
    network.edit(access, made.external_id, "Hello")
    network.delete(access, made.external_id)
    schema = json.loads(SCHEMA.read_text())
    assert len(receiver_stub.asked) == 4
    for asked in receiver_stub.asked:
        Draft202012Validator(schema).validate(asked.json)
