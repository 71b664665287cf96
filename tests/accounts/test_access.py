"""The rights that memberships give."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.access import NOTHING, Access, access_of, access_of_each, departments_of
from accounts.models import Department, Membership, User
from tests.personas import person

Role = Membership.Role
pytestmark = pytest.mark.django_db
EVERYBODY = ["agent", "lead", "triager", "pr_officer", "hr_partner", "admin", "observer"]


def slugs(ids: frozenset[int]) -> set[str]:
    return {d.slug for d in Department.objects.filter(pk__in=ids)}


@pytest.mark.parametrize(
    ("who", "sees", "works", "triage"),
    [
        ("agent", "customer_service pr marketing", "customer_service", (False, False)),
        ("lead", "customer_service pr marketing", "customer_service", (True, True)),
        ("triager", "customer_service pr marketing", "marketing", (True, True)),
        ("hr_partner", "customer_service pr marketing hr", "hr", (False, False)),
        ("admin", "customer_service pr marketing", "customer_service pr marketing", (True, True)),
        ("observer", "customer_service pr marketing", "", (False, False)),
        ("outsider", "", "", (False, False)),
    ],
)
def test_each_persona_sees_and_works(
    request: pytest.FixtureRequest, who: str, sees: str, works: str, triage: tuple[bool, bool]
) -> None:
    access = access_of(request.getfixturevalue(who))
    assert slugs(access.visible_department_ids) == set(sees.split())
    assert slugs(access.workable_department_ids) == set(works.split())
    assert (access.can_see_triage, access.can_work_triage) == triage


def test_one_by_one_and_all_together_agree(request: pytest.FixtureRequest) -> None:
    users = [request.getfixturevalue(who) for who in [*EVERYBODY, "outsider"]]
    together = access_of_each(users)
    assert {user.pk: access_of(user) for user in users} == together


def test_rights_cost_one_query_and_are_remembered(
    agent: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fresh = User.objects.get(pk=agent.pk)
    with django_assert_num_queries(1):
        access_of(fresh)
        access_of(fresh)
        assert [d.slug for d in departments_of(fresh)][-1] == "hr"


def test_admin_of_a_house_without_departments_is_one() -> None:
    Department.objects.all().delete()
    ada = person("ada", "Ada", (None, Role.ADMIN))
    assert access_of(ada).is_admin
    assert departments_of(ada) == ()


def test_switched_off_person_has_no_rights(agent: User) -> None:
    agent.is_active = False
    assert access_of(agent) is NOTHING
    assert access_of_each([agent]) == {}


def test_nothing_is_nothing() -> None:
    assert Access() == NOTHING
    assert not NOTHING.sees(None)
    assert not NOTHING.works(1)
