"""Models: trained, promoted, pinned and taken back from a page and by command."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Department, User
from inbox.queries.router_models import models_page
from routing.models import RouterModel, RouterSettings, Training


@pytest.fixture
def other(model: RouterModel) -> RouterModel:
    """A second usable model, not in charge."""
    return RouterModel.objects.create(
        version="other", file_name=model.file_name, sha256=model.sha256, sklearn_version="1.9"
    )


def in_charge() -> str:
    return RouterModel.objects.get(is_active=True).version


def test_an_admin_promotes_pins_and_goes_back(
    client: Client, admin: User, model: RouterModel, other: RouterModel
) -> None:
    RouterModel.objects.filter(pk=model.pk).update(promoted_at="2026-01-01T00:00Z")
    client.force_login(admin)
    client.post(f"/settings/models/{other.pk}/promote/", {"instead_of": model.pk})
    assert in_charge() == "other"
    client.post(f"/settings/models/{other.pk}/pin/", {"is_pinned": "1"})
    assert RouterModel.objects.get(version="other").is_pinned
    client.post("/settings/models/back/")
    assert in_charge() == "small"


def test_who_looked_at_an_old_page_promotes_nothing(
    client: Client, admin: User, model: RouterModel, other: RouterModel
) -> None:
    client.force_login(admin)
    answer = client.post(
        f"/settings/models/{other.pk}/promote/", {"instead_of": other.pk}, follow=True
    )
    assert "Another model was put in charge meanwhile." in answer.content.decode()
    assert in_charge() == "small"


def test_a_lost_file_is_not_promoted(client: Client, admin: User, model: RouterModel) -> None:
    lost = RouterModel.objects.create(
        version="lost", file_name="lost.model", sha256="0" * 64, sklearn_version="1.9"
    )
    client.force_login(admin)
    answer = client.post(f"/settings/models/{lost.pk}/promote/", follow=True)
    assert "cannot be read" in answer.content.decode()
    assert in_charge() == "small"


def test_training_is_asked_for_and_followed(
    client: Client, admin: User, model: RouterModel
) -> None:
    client.force_login(admin)
    page = client.post("/settings/models/train/", follow=True).content.decode()
    training = Training.objects.get()
    assert "Waiting for a worker" in page
    address = f"/settings/models/trainings/{training.pk}/"
    assert "HX-Refresh" not in client.get(address)
    Training.objects.update(state="done", finished_at="2026-01-01T00:00Z", outcome="It is worse.")
    assert client.get(address)["HX-Refresh"] == "true"
    assert "It is worse." in client.get("/settings/models/").content.decode()


def test_settings_of_learning_are_saved_or_refused(
    client: Client, admin: User, model: RouterModel
) -> None:
    client.force_login(admin)
    form = client.get("/settings/models/").context["form"]
    values = {name: form.initial[name] for name in form.fields}
    client.post("/settings/models/", values | {"person_share": "0.5"})
    assert RouterSettings.objects.get().person_share == 0.5
    answer = client.post("/settings/models/", values | {"person_share": "7"})
    assert answer.context["form"].errors["person_share"]
    assert RouterSettings.objects.get().person_share == 0.5


def run(*args: str) -> str:
    out = StringIO()
    call_command("router_models", *args, stdout=out)
    return out.getvalue()


def test_the_command_does_the_same(model: RouterModel, other: RouterModel) -> None:
    assert "small" in run("--list")
    told = json.loads(run("--promote", "other", "--json"))
    assert [m["version"] for m in told if m["in_charge"]] == ["other"]
    assert "pinned" in run("--pin", "other")
    assert "pinned" not in run("--unpin", "other")
    RouterModel.objects.filter(pk=model.pk).update(promoted_at="2026-01-01T00:00Z")
    run("--rollback")
    assert in_charge() == "small"


def test_the_command_says_what_is_wrong(model: RouterModel, other: RouterModel) -> None:
    with pytest.raises(CommandError, match="no model 9"):
        run("--promote", "9")
    with pytest.raises(CommandError, match="in charge"):
        run("--pin", "other")
    with pytest.raises(CommandError, match="no earlier"):
        run("--rollback")


def test_the_comparison_names_departments_as_people_do(
    model: RouterModel, admin: User, departments: dict[str, Department]
) -> None:
    recall = {"per_department": {"customer_service": {"recall": 0.5}, "gone": {"recall": 0.25}}}
    model.metrics |= {"champion": recall, "challenger": recall}
    model.save()
    Training.objects.create(state="done", challenger=model, finished_at=timezone.now())
    assert models_page().scores == [("Customer service", 0.5, 0.5), ("gone", 0.25, 0.25)]
