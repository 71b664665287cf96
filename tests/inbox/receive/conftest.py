"""What a page hears, said shortly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Department
from inbox.connectors.types import IncomingAuthor, IncomingPost, Verb
from inbox.services.receive import deciding
from routing import queries
from routing.facts import Facts
from routing.models import Decision

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def minutes(count: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=count)


def post(name: str, text: str = "Where is my parcel?", **more: Any) -> IncomingPost:
    """A post by Rosa at noon, or `at` minutes later; `under` names the parent."""
    at = more.pop("at", 0)
    return IncomingPost(
        external_id=name,
        text=text,
        posted_at=more.pop("posted_at", minutes(at)),
        author=more.pop("author", IncomingAuthor("u-rosa", handle="rosa", name="Rosa Blum")),
        parent_external_id=more.pop("under", ""),
        **more,
    )


def own(name: str, text: str = "We are on it.", **more: Any) -> IncomingPost:
    """A post by the page itself."""
    return post(name, text, author=IncomingAuthor("u-page", handle="@Kestrel"), **more)


def deletion(name: str, at: float = 60) -> IncomingPost:
    return IncomingPost(external_id=name, verb=Verb.DELETE, posted_at=minutes(at))


def hidden(name: str, at: float = 60, *, verb: Verb = Verb.HIDE) -> IncomingPost:
    return IncomingPost(external_id=name, verb=verb, posted_at=minutes(at))


def reactions(name: str, at: float = 60, **counts: int) -> IncomingPost:
    return IncomingPost(external_id=name, verb=Verb.COUNT, posted_at=minutes(at), counts=counts)


@pytest.fixture(autouse=True)
def plain_routing(monkeypatch: pytest.MonkeyPatch, departments: dict[str, Department]) -> None:
    """Route by one plain word, so that these tests do not depend on a trained model."""

    def decide_batch(facts: Sequence[Facts]) -> list[Decision]:
        ids = {slug: department.pk for slug, department in departments.items()}
        slugs = {"parcel": "customer_service", "boycott": "pr", "job": "hr", "launch": "marketing"}
        found = [
            next((slug for word, slug in slugs.items() if word in one.text.lower()), None)
            for one in facts
        ]
        return [
            Decision(
                department_id=ids[slug] if slug else None,
                priority=2 if "urgent" in one.text else None,
                method="rule" if slug else "triage",
                confidence=1.0 if slug else 0.0,
            )
            for slug, one in zip(found, facts, strict=True)
        ]

    monkeypatch.setattr(deciding, "decide_batch", decide_batch)
    # What an earlier test promised is not what the newest decision of this one was based on.
    monkeypatch.setattr(queries, "_current", None)
