"""Settings: SLA policies and whose they are."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.forms import model_to_dict
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.models import Department, SlaDefault, SlaPolicy, User

pytestmark = pytest.mark.django_db
Departments = dict[str, Department]
FORM = {
    "name": "Office hours",
    "first_response_minutes": "2 h",
    "resolution_minutes": "90",
    "time_zone": "Europe/Berlin",
    "holidays": "2026-12-25\n2026-12-26",
    "pauses_pending": "on",
    "on_hand_over": "keep",
    "is_active": "on",
    "day_0": "9:00–12:00, 13:00-17:00",
    "day_6": "22:00–6:00",
}


@pytest.fixture
def page(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def new(page: Client, **changes: Any) -> Any:
    return page.post(reverse("accounts:new_sla_policy"), {**FORM, **changes})


def test_a_policy_is_made_from_what_people_write(page: Client) -> None:
    assert new(page).status_code == 302
    made = SlaPolicy.objects.get()
    assert (made.slug, made.first_response_minutes, made.resolution_minutes) == (
        "office_hours",
        120,
        90,
    )
    assert made.shifts == {"0": [[540, 720], [780, 1020]], "6": [[1320, 360]]}
    assert made.holidays == [date(2026, 12, 25), date(2026, 12, 26)]
    assert (made.pauses_pending, made.pauses_snoozed, made.on_hand_over) == (True, False, "keep")


def test_the_form_shows_what_was_saved_and_saves_it_again(page: Client) -> None:
    new(page)
    made = SlaPolicy.objects.get()
    url = reverse("accounts:sla_policy", args=[made.pk])
    shown = page.get(url).context["form"]
    posted = {field.html_name: field.value() for field in shown}
    posted |= {name: "" for name, value in posted.items() if value in (None, [])}
    flags = {name: "on" for name, value in posted.items() if value is True}
    texts = {name: value for name, value in posted.items() if not isinstance(value, bool)}
    assert page.post(url, texts | flags).status_code == 302
    assert model_to_dict(SlaPolicy.objects.get()) == model_to_dict(made)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"day_0": "9 to 5"}, "Write shifts like"),
        ({"day_0": "9:00–25:00"}, "Write shifts like"),
        ({"first_response_minutes": "soon"}, "Write it like"),
        ({"first_response_minutes": "0"}, "greater than or equal to 1"),
        ({"holidays": "Christmas"}, "Write each day like"),
        ({"first_response_minutes": "", "resolution_minutes": ""}, "Promise a first response"),
        ({"day_0": "9:00–9:20", "day_6": ""}, "less than an hour a week"),
    ],
)
def test_what_makes_no_sense_is_refused(page: Client, changes: dict[str, str], told: str) -> None:
    answer = new(page, **changes)
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert not SlaPolicy.objects.exists()


def test_a_name_is_taken_once(page: Client) -> None:
    new(page)
    assert new(page).status_code == 200
    assert SlaPolicy.objects.count() == 1


def test_a_department_gets_a_policy_and_an_exception(
    page: Client, departments: Departments, admin: User
) -> None:
    policy = SlaPolicy.objects.create(name="Fast", slug="fast", resolution_minutes=60)
    pr = departments["pr"].pk
    url = reverse("accounts:sla_defaults")
    page.post(url, {f"of_{pr}_": policy.pk, f"of_{pr}_3": policy.pk})
    assert set(SlaDefault.objects.values_list("department", "priority")) == {(pr, None), (pr, 3)}
    page.post(url, {f"of_{pr}_3": policy.pk})
    assert set(SlaDefault.objects.values_list("department", "priority")) == {(pr, 3)}
    assert "Fast" in page.get(reverse("accounts:sla_policies")).content.decode()


def test_no_default_is_made_for_what_does_not_exist(admin: User) -> None:
    policy = SlaPolicy.objects.create(name="Fast", slug="fast", resolution_minutes=60)
    services.set_sla_defaults(wanted={(0, None): policy, (1, 9): policy}, by=admin)
    assert not SlaDefault.objects.exists()
