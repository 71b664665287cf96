"""The people of the test suite, and the page they answer on."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest
from django.apps import apps

from accounts.models import Department, Membership, User
from inbox.models import Channel

Role = Membership.Role
PASSWORD = "correct horse battery staple"


def person(
    handle: str, name: str, *memberships: tuple[Department | None, str], **extra: object
) -> User:
    """A saved user with these (department, role) memberships; `triage=True` lets them triage."""
    triage = bool(extra.pop("triage", False))
    user = User.objects.create_user(f"{handle}@kestrel.example", PASSWORD, name=name, handle=handle)
    for department, role in memberships:
        Membership.objects.create(user=user, department=department, role=role, works_triage=triage)
    return user


@pytest.fixture
def departments(db: None) -> dict[str, Department]:
    """The four departments by label; HR is confidential."""
    # A test that committed leaves the tables empty, without what the migration put in.
    import_module("accounts.migrations.0002_four_departments").create(apps, None)
    return {d.slug: d for d in Department.objects.all()}


@pytest.fixture
def agent(departments: dict[str, Department]) -> User:
    """Maya, agent of customer service."""
    return person("maya", "Maya Adeyemi", (departments["customer_service"], Role.AGENT))


@pytest.fixture
def colleague(departments: dict[str, Department]) -> User:
    """Tom, the other agent of customer service."""
    return person("tom", "Tom Brandt", (departments["customer_service"], Role.AGENT))


@pytest.fixture
def lead(departments: dict[str, Department]) -> User:
    """Ines, lead of customer service; leads see triage."""
    return person("ines", "Ines Duarte", (departments["customer_service"], Role.LEAD))


@pytest.fixture
def triager(departments: dict[str, Department]) -> User:
    """Uma, agent of marketing who sorts triage."""
    return person("uma", "Uma Roy", (departments["marketing"], Role.AGENT), triage=True)


@pytest.fixture
def pr_officer(departments: dict[str, Department]) -> User:
    """Lee, agent of PR."""
    return person("lee", "Lee Novak", (departments["pr"], Role.AGENT))


@pytest.fixture
def hr_partner(departments: dict[str, Department]) -> User:
    """Hana, agent of HR."""
    return person("hana", "Hana Sato", (departments["hr"], Role.AGENT))


@pytest.fixture
def admin(departments: dict[str, Department]) -> User:
    """Ada, admin of the organisation, no member of HR."""
    return person("ada", "Ada Okafor", (None, Role.ADMIN))


@pytest.fixture
def observer(departments: dict[str, Department]) -> User:
    """Otto, who may look at every open department and change nothing."""
    return person("otto", "Otto Lindqvist", (None, Role.OBSERVER))


@pytest.fixture
def outsider(db: None) -> User:
    """Olga, who has an account and no membership."""
    return person("olga", "Olga Petrova")


@pytest.fixture
def channel(db: None) -> Channel:
    """The brand's page, fed by signed webhook."""
    return Channel.objects.create(
        name="Kestrel on Facebook",
        network="facebook",
        connector="webhook",
        page_name="Kestrel Bakery",
        own_ids=["kestrel"],
    )


@pytest.fixture
def as_user(client: object) -> Callable[[User], object]:
    """Sign the test client in as somebody."""

    def sign_in(user: User) -> object:
        client.force_login(user)  # type: ignore[attr-defined]
        return client

    return sign_in
