"""Departments, memberships, people and tokens: what is done, what is refused."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import notices, services
from accounts.access import access_of, access_of_each
from accounts.models import ApiToken, Department, Membership, User
from tests.personas import person

Role = Membership.Role
pytestmark = pytest.mark.django_db


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the live-update process was told."""
    messages: list[object] = []
    monkeypatch.setattr(notices, "send", messages.append)
    return messages


def make(by: User, name: str = "Legal affairs") -> Department:
    return services.create_department(by=by, name=name, letter="l", hue="rose")


def change(department: Department, by: User, **fields: object) -> Department:
    kept = ("name", "letter", "hue", "is_confidential", "is_active")
    values = {name: getattr(department, name) for name in kept} | fields
    return services.update_department(department=department, by=by, **values)


# Departments


def test_new_department_stands_last_with_a_label_of_its_own(
    admin: User, said: list[object]
) -> None:
    made = make(admin)
    assert (made.slug, made.letter, made.position) == ("legal_affairs", "L", 5)
    assert said


@pytest.mark.parametrize("name", ["HR", "hr", "???"])
def test_taken_and_unspeakable_names_are_refused(admin: User, name: str) -> None:
    with pytest.raises(services.Refused) as refusal:
        make(admin, name=name)
    assert refusal.value.field == "name"


def test_renaming_keeps_the_label(admin: User, departments: dict[str, Department]) -> None:
    assert change(departments["pr"], admin, name="Public relations").slug == "pr"


def test_renaming_to_a_taken_name_is_refused(
    admin: User, departments: dict[str, Department]
) -> None:
    with pytest.raises(services.Refused, match="name already"):
        change(departments["pr"], admin, name="HR")


def test_department_without_members_cannot_become_confidential(
    admin: User, departments: dict[str, Department]
) -> None:
    with pytest.raises(services.Refused) as refusal:
        change(departments["pr"], admin, is_confidential=True)
    assert refusal.value.field == "is_confidential"


def test_confidential_from_now_on_hides_it_from_others(
    admin: User,
    pr_officer: User,
    agent: User,
    departments: dict[str, Department],
    said: list[object],
) -> None:
    pr = departments["pr"]
    change(pr, admin, is_confidential=True)
    rights = access_of_each([admin, agent, pr_officer])
    assert [rights[u.pk].sees(pr.pk) for u in (admin, agent, pr_officer)] == [False, False, True]
    assert said


def test_last_department_in_use_stays(admin: User, departments: dict[str, Department]) -> None:
    *others, last = departments.values()
    for department in others:
        change(department, admin, is_active=False)
    with pytest.raises(services.Refused, match="last department"):
        change(last, admin, is_active=False)


# Memberships


def test_role_takes_effect_at_once(
    admin: User, outsider: User, departments: dict[str, Department], said: list[object]
) -> None:
    assert not access_of(outsider).visible_department_ids
    services.set_membership(user=outsider, department=departments["hr"], role=Role.AGENT, by=admin)
    assert access_of(outsider).works(departments["hr"].pk)
    assert said


def test_second_role_in_a_department_replaces_the_first(
    admin: User, agent: User, departments: dict[str, Department]
) -> None:
    place = departments["customer_service"]
    services.set_membership(user=agent, department=place, role=Role.LEAD, by=admin)
    assert [m.role for m in agent.memberships.all()] == [Role.LEAD]


def test_nobody_is_admin_of_one_department(
    admin: User, agent: User, departments: dict[str, Department]
) -> None:
    with pytest.raises(services.Refused):
        services.set_membership(user=agent, department=departments["pr"], role=Role.ADMIN, by=admin)


def test_last_admin_can_neither_go_nor_step_down(admin: User) -> None:
    membership = admin.memberships.get()
    with pytest.raises(services.Refused, match="last admin"):
        services.remove_membership(membership=membership, by=admin)
    with pytest.raises(services.Refused, match="last admin"):
        services.set_membership(user=admin, department=None, role=Role.LEAD, by=admin)


def test_switched_off_admin_does_not_count_as_one(admin: User) -> None:
    other = person("ben", "Ben", (None, Role.ADMIN))
    services.deactivate_person(user=other, by=admin)
    with pytest.raises(services.Refused, match="last admin"):
        services.remove_membership(membership=admin.memberships.get(), by=admin)


def test_one_of_two_admins_may_go(admin: User) -> None:
    other = person("ben", "Ben", (None, Role.ADMIN))
    services.remove_membership(membership=other.memberships.get(), by=admin)
    assert not access_of(other).is_admin


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["remove", "deactivate"])
def test_two_admins_cannot_dismiss_each_other_at_once(how: str) -> None:
    ada = person("ada", "Ada", (None, Role.ADMIN))
    ben = person("ben", "Ben", (None, Role.ADMIN))
    start, refused = Barrier(2, timeout=30), []

    def dismiss(other: User, by: User) -> None:
        start.wait()
        try:
            if how == "remove":
                services.remove_membership(membership=other.memberships.get(), by=by)
            else:
                services.deactivate_person(user=other, by=by)
        except services.Refused:
            refused.append(by)
        finally:
            connection.close()

    threads = [Thread(target=dismiss, args=pair) for pair in ((ada, ben), (ben, ada))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = Membership.objects.filter(role=Role.ADMIN, user__is_active=True).count()
    assert (left, len(refused)) == (1, 1)


# People


def test_invited_person_has_a_role_and_no_password(
    admin: User, departments: dict[str, Department]
) -> None:
    made = services.invite_person(
        email="Nia@Kestrel.example ",
        name="Nia",
        by=admin,
        department=departments["pr"],
        role=Role.AGENT,
    )
    assert (made.email, made.handle) == ("nia@kestrel.example", "nia")
    assert not made.has_usable_password()
    assert access_of(made).works(departments["pr"].pk)


def test_address_with_an_account_is_not_invited_again(
    admin: User, agent: User, departments: dict[str, Department]
) -> None:
    with pytest.raises(services.Refused) as refusal:
        services.invite_person(
            email=agent.email.upper(), name="", by=admin, department=None, role=Role.AGENT
        )
    assert refusal.value.field == "email"


def test_password_link_works_once(admin: User, agent: User, client: Client) -> None:
    path = services.make_password_link(user=agent, by=admin)
    page = client.get(path, follow=True)
    fresh = "a brand new passphrase"
    client.post(page.redirect_chain[-1][0], {"password1": fresh, "password2": fresh})
    agent.refresh_from_db()
    assert agent.check_password(fresh)
    assert b"no longer works" in Client().get(path, follow=True).content


def test_deactivation_ends_sessions_and_tokens(
    admin: User, agent: User, client: Client, said: list[object]
) -> None:
    client.force_login(agent)
    token, _key = services.create_token(
        user=agent,
        name="t",
        expires_at=timezone.now() + timedelta(days=1),
        is_read_only=False,
    )
    services.deactivate_person(user=agent, by=admin)
    assert client.get("/settings/profile/").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at
    assert not access_of(agent).can_write
    assert said
    services.activate_person(user=agent, by=admin)
    assert access_of(agent).can_write


def test_nobody_switches_themselves_off(admin: User) -> None:
    person("ben", "Ben", (None, Role.ADMIN))
    with pytest.raises(services.Refused):
        services.deactivate_person(user=admin, by=admin)


def test_taken_handle_is_refused(agent: User, colleague: User) -> None:
    with pytest.raises(services.Refused) as refusal:
        services.update_person(
            user=agent, name="Maya", handle=colleague.handle, time_zone="UTC", by=agent
        )
    assert refusal.value.field == "handle"


# Tokens


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_token_lives_at_most_a_year(agent: User, days: int) -> None:
    with pytest.raises(services.Refused):
        services.create_token(
            user=agent,
            name="t",
            expires_at=timezone.now() + timedelta(days=days),
            is_read_only=False,
        )


def test_revoking_twice_keeps_the_first_time(agent: User) -> None:
    token, key = services.create_token(
        user=agent, name="t", expires_at=timezone.now() + timedelta(days=9), is_read_only=True
    )
    services.revoke_token(token=token)
    first = ApiToken.objects.get().revoked_at
    services.revoke_token(token=token)
    assert ApiToken.objects.get().revoked_at == first
    assert not ApiToken.objects.with_key(key).valid().exists()
