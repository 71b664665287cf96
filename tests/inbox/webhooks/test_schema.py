"""The documented schema and the parser agree."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from inbox.connectors.webhook import parse_delivery
from tests.inbox.webhooks.sender import a_post, body_of

SCHEMA = settings.BASE_DIR / "docs" / "channels" / "webhook.schema.json"
VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text()))


@pytest.mark.parametrize(
    ("post", "is_good"),
    [
        (a_post(), True),
        (a_post(posted_at="2026-03-01T12:00:00"), False),
        (a_post(posted_at=None), False),
        ({"external_id": "x", "verb": "delete"}, True),
        ({"external_id": "x", "verb": "count", "counts": {"like": 4}}, True),
        ({"external_id": "x", "verb": "count", "counts": {"like": "4"}}, False),
        ({"external_id": "x"}, False),
        ({"text": "x", "posted_at": "2026-03-01T12:00:00Z"}, False),
        (a_post(author=None, text=None, url=None, kind=None, rating=None), True),
        (a_post(rating=6), False),
        (a_post(kind="poem"), False),
        (a_post(url="ftp://x.example/"), False),
        (a_post(url=""), True),
        (a_post(author={"handle": "sam"}), False),
        (a_post(author={"external_id": 5}), True),
        (a_post(parent_external_id=12), True),
        (a_post(parent_external_id=""), True),
        (a_post(is_own="no"), False),
        (a_post(attachments=[{"url": "https://x.example/a.png", "type": "image"}]), True),
        (a_post(attachments=[{"url": "https://x.example/a.png", "type": "poem"}]), False),
        (a_post(mood="sour"), True),
        ("text", False),
    ],
)
def test_schema_and_parser_say_the_same(post: Any, is_good: bool) -> None:
    assert VALIDATOR.is_valid({"posts": [post]}) == is_good
    assert (not parse_delivery(body_of([post])).refused) == is_good
