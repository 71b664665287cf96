"""The audit trail: complete, signed, and only ever added to."""

from __future__ import annotations

import pytest
from django.db import Error, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts import services, trail
from accounts.models import (
    Department,
    Membership,
    PersonSkill,
    Skill,
    SlaDefault,
    SlaPolicy,
    User,
)
from inbox.models import Channel
from publishing.models import Macro, Signing
from routing.models import AuthorList, Incident, RouterModel, RouterSettings, Rule
from tests.personas import person

Role = Membership.Role
pytestmark = pytest.mark.django_db


def newest(kind: str) -> trail.Entry:
    return trail.trail_page(kind=kind).entries[0]


def test_change_says_who_what_and_from_what_to_what(
    client: Client, admin: User, departments: dict[str, Department]
) -> None:
    client.force_login(admin)
    form = {"name": "Press", "letter": "P", "hue": "orange", "is_active": "on"}
    client.post(reverse("accounts:department", args=["pr"]), form)
    entry = newest("accounts.department")
    assert (entry.by, entry.name, entry.action) == ("Ada Okafor", "Press", "changed")
    assert entry.changes == [trail.Change("name", "PR", "Press")]
    assert "Press" in client.get(reverse("accounts:audit")).content.decode()


def test_membership_of_a_confidential_department_is_on_it_coming_and_going(
    admin: User, departments: dict[str, Department]
) -> None:
    given = services.set_membership(
        user=admin, department=departments["hr"], role=Role.AGENT, by=admin
    )
    assert newest("accounts.membership").name == "Ada Okafor · HR"
    services.remove_membership(membership=given, by=admin)
    entry = newest("accounts.membership")
    assert (entry.by, entry.action, entry.name) == ("Ada Okafor", "removed", "Ada Okafor · HR")


def test_password_link_leaves_a_trace(admin: User, agent: User) -> None:
    services.make_password_link(user=agent, by=admin)
    entry = newest("accounts.user")
    assert (entry.by, entry.name, entry.label) == ("Ada Okafor", "Maya Adeyemi", "password_link")


def test_bulk_change_past_the_services_is_seen_too(departments: dict[str, Department]) -> None:
    Department.objects.filter(slug="pr").update(name="Past everybody")
    assert newest("accounts.department").changes[0].after == "Past everybody"


def test_passwords_and_sign_ins_are_not_on_it(client: Client, agent: User) -> None:
    before = trail.trail_page(kind="accounts.user").entries
    agent.set_password("another one entirely")
    agent.save()
    client.force_login(agent)
    assert trail.trail_page(kind="accounts.user").entries == before


@pytest.mark.parametrize("label", sorted(trail.event_models()))
def test_database_refuses_to_change_the_trail(
    label: str, admin: User, departments: dict[str, Department], channel: Channel
) -> None:
    Rule.objects.create(name="Jobs", position=1)
    AuthorList.objects.create(name="Press", slug="press")
    RouterSettings.objects.update_or_create(pk=1, defaults={"threshold": 0.5})
    policy = SlaPolicy.objects.create(name="Fast", slug="fast", resolution_minutes=60)
    SlaDefault.objects.create(department=departments["pr"], policy=policy)
    PersonSkill.objects.create(user=admin, skill=Skill.objects.create(slug="spanish"))
    Incident.objects.create(title="Palm oil", slug="palm-oil")
    RouterModel.objects.create(version="1", file_name="x", sha256="0", sklearn_version="1")
    Macro.objects.create(department=departments["pr"], name="Sorry", text="We are sorry.")
    Signing.objects.create(department=departments["pr"], style="initials")
    lines = trail.event_models()[label]._default_manager
    assert lines.exists()
    with pytest.raises(Error, match="append_only"), transaction.atomic():
        lines.update(pgh_label="never")
    with pytest.raises(Error, match="append_only"), transaction.atomic():
        lines.all().delete()


def test_every_audited_model_has_its_table() -> None:
    assert set(trail.event_models()) == set(trail.AUDITED)


def test_pages_have_no_gap_and_no_line_twice(admin: User) -> None:
    # One transaction, one time: only the key tells the lines apart.
    for n in range(30):
        person(f"p{n}", f"Person {n}", (None, Role.OBSERVER))
    whole = trail.trail_page(size=500).entries
    seen, after = [], ""
    while True:
        page = trail.trail_page(after=after, size=7)
        seen += page.entries
        if not (after := page.next):
            break
    assert seen == whole
    assert len(whole) > 60


@pytest.mark.parametrize("after", ["x", "2026-01-01~", "~~", "2026-99-99T00:00:00+00:00~a~1"])
def test_nonsense_cursor_shows_the_first_page(client: Client, admin: User, after: str) -> None:
    client.force_login(admin)
    assert client.get(reverse("accounts:audit"), {"after": after}).status_code == 200


def test_page_costs_the_same_however_long_the_trail(
    admin: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(60):
        person(f"p{n}", f"Person {n}", (None, Role.OBSERVER))
    with django_assert_max_num_queries(2 * len(trail.AUDITED) + 6):
        assert len(trail.trail_page().entries) == trail.PAGE


def test_hours_days_and_times_stand_as_people_say_them() -> None:
    SlaPolicy.objects.create(
        name="Office", slug="office", resolution_minutes=60, shifts={"0": [[540, 1020]]}
    )
    said = {change.field: change.after for change in newest("accounts.slapolicy").changes}
    assert said["working hours"] == "Mon 9:00–17:00"
    Channel.objects.create(name="Forum", network="forum", connector="webhook")
    said = {change.field: change.after for change in newest("inbox.channel").changes}
    assert said["re-open within"] == "14 days"
    assert "." not in said["created at"]
