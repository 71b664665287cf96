"""The API does what its own schema says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import ApiToken, Department, User
from config.wsgi import application
from inbox.models import Channel, Ticket
from routing.models import Decision
from tests.factories import make_note, make_ticket

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def ticket(channel: Channel, departments: dict[str, Department], agent: User) -> Ticket:
    decision = Decision.objects.create(method="triage", probabilities={"hr": 0.5})
    ticket = make_ticket(channel, departments["customer_service"], decision=decision)
    make_note(ticket, agent)
    return ticket


generator = SchemaGenerator()  # type: ignore[no-untyped-call]
schema = schemathesis.openapi.from_dict(
    generator.get_schema(public=True)  # type: ignore[no-untyped-call]
)
schema.app = application
schema.config.phases.update(phases=["examples", "fuzzing"])


@pytest.fixture(autouse=True)
def _no_limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ask as often as it takes, and keep the test's connection when a request ends."""
    monkeypatch.setattr("django.conf.settings.API_REQUESTS_PER_MINUTE", 1_000_000)
    request_finished.disconnect(close_old_connections)
    request_started.disconnect(close_old_connections)
    yield
    request_finished.connect(close_old_connections)
    request_started.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_the_schema_says(
    case: schemathesis.Case[Any], ticket: Ticket, token: str
) -> None:
    cache.clear()
    if "id" in case.path_parameters:
        case.path_parameters["id"] = ticket.pk
    # Each example begins with the same ticket.
    with transaction.atomic():
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        transaction.set_rollback(True)
    assert response.status_code != 401
    case.validate_response(response, checks=CHECKS)


@pytest.fixture
def token(agent: User) -> str:
    key = ApiToken.new_key()
    ApiToken.objects.create(
        user=agent,
        name="test",
        prefix=key[:8],
        digest=ApiToken.digest_of(key),
        expires_at=timezone.now() + timedelta(days=1),
    )
    return key


def test_the_schema_is_valid_and_complete(tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "s.yml"))
    text = (tmp_path / "s.yml").read_text()
    for path in ("/api/tickets/{id}/claim", "/api/search", "/api/tickets/export"):
        assert f"{path}:" in text
