"""Lessons and models over the API: for admins alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from inbox.models import Channel
from routing.models import Lesson, RouterModel, Training
from tests.inbox.learning.conftest import Teach, teach  # noqa: F401 - a fixture
from tests.routing.conftest import (  # noqa: F401 - fixtures
    classifier,
    fresh_process,
    model,
    model_dir,
    model_file,
)

Api = Callable[..., APIClient]


@pytest.mark.parametrize("persona", ["agent", "lead", "observer", "outsider", None])
def test_nobody_but_an_admin_may_ask(
    api: Api, persona: str | None, request: pytest.FixtureRequest
) -> None:
    client = api(request.getfixturevalue(persona) if persona else None)
    expected = 403 if persona else 401
    assert client.get("/api/lessons").status_code == expected
    assert client.get("/api/models").status_code == expected
    assert client.post("/api/models/train").status_code == expected


def test_lessons_are_listed_and_taken_back(
    api: Api,
    admin: User,
    agent: User,
    teach: Teach,  # noqa: F811
) -> None:
    open_one = teach("My parcel never came", "customer_service", agent)
    teach("My boss shouts at me", "hr", agent)
    client = api(admin)
    results = client.get("/api/lessons").json()["results"]
    assert [r["text"] for r in results] == ["My parcel never came", None]
    assert [r["to_department"] for r in results] == ["customer_service", "hr"]
    answer = client.post(f"/api/lessons/{open_one.pk}/take-back").json()
    assert answer["undone_at"]
    assert Lesson.objects.standing().count() == 1


def test_models_are_listed_promoted_pinned_and_taken_back(
    api: Api,
    admin: User,
    model: RouterModel,  # noqa: F811
) -> None:
    other = RouterModel.objects.create(
        version="other", file_name=model.file_name, sha256=model.sha256, sklearn_version="1.9"
    )
    RouterModel.objects.filter(pk=model.pk).update(promoted_at="2026-01-01T00:00Z")
    client = api(admin)
    assert [r["version"] for r in client.get("/api/models").json()["results"]] == ["small", "other"]
    promoted = client.post(f"/api/models/{other.pk}/promote", {"instead_of": model.pk})
    assert promoted.json()["is_active"]
    beaten = client.post(f"/api/models/{model.pk}/promote", {"instead_of": model.pk})
    assert beaten.status_code == 422
    assert client.post(f"/api/models/{other.pk}/pin", {"is_pinned": True}).json()["is_pinned"]
    assert client.post("/api/models/roll-back").json()["version"] == "small"
    assert client.post("/api/models/roll-back").status_code == 422


def test_a_training_is_asked_for_and_seen(
    api: Api,
    admin: User,
    model: RouterModel,  # noqa: F811
) -> None:
    client = api(admin)
    asked = client.post("/api/models/train")
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    (seen,) = client.get("/api/models/trainings").json()
    assert seen["id"] == asked.json()["id"] == Training.objects.get().pk


def test_a_ticket_is_confirmed(api: Api, agent: User, channel: Channel) -> None:
    from accounts.models import Department
    from tests.factories import make_ticket

    ticket = make_ticket(channel, Department.objects.get(slug="customer_service"))
    answer = api(agent).post(f"/api/tickets/{ticket.pk}/confirm", {})
    assert answer.json()["event"]["kind"] == "confirmed"
    assert Lesson.objects.get().source == "confirmed"
