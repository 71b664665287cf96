"""The settings pages: who may open them, and that each does what it says."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import ApiToken, Department, Membership, User
from tests.accounts.test_authentication import make_token
from tests.personas import person

Role = Membership.Role
pytestmark = pytest.mark.django_db

Page = tuple[str, list[str | int]]
ADMIN_PAGES: list[Page] = [
    ("departments", []),
    ("new_department", []),
    ("department", ["hr"]),
    ("people", []),
    ("invite", []),
    ("person", [0]),
    ("audit", []),
    ("sla_policies", []),
    ("new_sla_policy", []),
]
ADMIN_ACTIONS: list[Page] = [
    ("set_membership", [0]),
    ("switch_person", [0]),
    ("password_link", [0]),
    ("sla_defaults", []),
]
OWN_PAGES: list[Page] = [("tokens", []), ("profile", [])]
EVERYBODY = ["agent", "lead", "triager", "hr_partner", "observer", "outsider"]


def address(name: str, args: list[str | int], subject: User) -> str:
    return reverse(f"accounts:{name}", args=[subject.pk if arg == 0 else arg for arg in args])


@pytest.mark.parametrize(("name", "args"), ADMIN_PAGES + ADMIN_ACTIONS + OWN_PAGES)
def test_anonymous_is_sent_to_sign_in(
    client: Client, agent: User, name: str, args: list[str | int]
) -> None:
    url = address(name, args, agent)
    for response in (client.get(url), client.post(url)):
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize("who", EVERYBODY)
def test_only_admins_open_the_settings(
    client: Client, request: pytest.FixtureRequest, colleague: User, who: str
) -> None:
    client.force_login(request.getfixturevalue(who))
    before = list(Membership.objects.values_list("pk", flat=True))
    for name, args in ADMIN_PAGES + ADMIN_ACTIONS:
        url = address(name, args, colleague)
        assert client.get(url).status_code == 403, name
        assert client.post(url).status_code == 403, name
    colleague.refresh_from_db()
    assert colleague.is_active
    assert list(Membership.objects.values_list("pk", flat=True)) == before


@pytest.mark.parametrize("who", [*EVERYBODY, "admin"])
def test_everybody_has_a_profile_and_tokens(
    client: Client, request: pytest.FixtureRequest, who: str
) -> None:
    client.force_login(request.getfixturevalue(who))
    for name, _args in OWN_PAGES:
        assert client.get(reverse(f"accounts:{name}")).status_code == 200


@pytest.mark.parametrize(("name", "args"), ADMIN_PAGES)
def test_admin_opens_them(
    client: Client, admin: User, agent: User, name: str, args: list[str | int]
) -> None:
    client.force_login(admin)
    assert client.get(address(name, args, agent)).status_code == 200


def test_people_cost_the_same_however_many(
    client: Client,
    admin: User,
    departments: dict[str, Department],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client.force_login(admin)
    for n in range(60):
        person(f"p{n:02}", f"Person {n:02}", (departments["pr"], Role.AGENT))
    with django_assert_num_queries(6):
        response = client.get(reverse("accounts:people"))
    assert len(response.context["page"].people) == 50


def test_people_are_paged_without_gap_and_found_by_a_part_of_their_name(
    client: Client, admin: User
) -> None:
    client.force_login(admin)
    for n in range(120):
        person(f"p{n:03}", "Same Name" if n % 2 else f"Person {n:03}")
    seen, after = [], ""
    while True:
        page = client.get(reverse("accounts:people"), {"after": after}).context["page"]
        seen += [found.pk for found in page.people]
        if not (after := page.next):
            break
    assert len(seen) == len(set(seen)) == 121
    found = client.get(reverse("accounts:people"), {"q": "son 04"}).context["page"].people
    assert {p.name for p in found} == {f"Person {n:03}" for n in range(40, 50, 2)}


def test_invitation_shows_its_link_once_and_the_link_opens_the_account(
    client: Client, admin: User, departments: dict[str, Department]
) -> None:
    client.force_login(admin)
    form = {"email": "nia@kestrel.example", "name": "Nia", "role": "agent"}
    form["department"] = str(departments["pr"].pk)
    response = client.post(reverse("accounts:invite"), form)
    link = re.search(
        r'value="(http://testserver/accounts/password[^"]+)"', response.content.decode()
    )
    assert "no-store" in response["Cache-Control"]
    assert link
    guest = Client()
    target = guest.get(link[1], follow=True).redirect_chain[-1][0]
    guest.post(target, {"password1": "fresh passphrase 1", "password2": "fresh passphrase 1"})
    login = {"login": "nia@kestrel.example", "password": "fresh passphrase 1"}
    assert guest.post("/accounts/login/", login).status_code == 302


def test_confidentiality_is_changed_only_after_a_second_yes(
    client: Client, admin: User, departments: dict[str, Department]
) -> None:
    client.force_login(admin)
    url = reverse("accounts:department", args=["hr"])
    form = {"name": "HR", "letter": "H", "hue": "green", "is_active": "on"}
    response = client.post(url, form)
    assert "Tick the box to confirm" in response.content.decode()
    assert Department.objects.get(slug="hr").is_confidential
    assert client.post(url, form | {"confirm": "on"}).status_code == 302
    assert not Department.objects.get(slug="hr").is_confidential


def test_refusals_are_told_on_the_form(client: Client, admin: User) -> None:
    client.force_login(admin)
    form = {"name": "hr", "letter": "x", "hue": "teal"}
    response = client.post(reverse("accounts:new_department"), form)
    assert "label already" in response.content.decode()


def test_role_is_added_changed_and_removed(
    client: Client, admin: User, outsider: User, departments: dict[str, Department]
) -> None:
    client.force_login(admin)
    url = reverse("accounts:set_membership", args=[outsider.pk])
    place = {"membership-department": departments["hr"].pk}
    client.post(url, place | {"membership-role": "agent"})
    client.post(url, place | {"membership-role": "lead", "membership-works_triage": "on"})
    membership = outsider.memberships.get()
    assert (membership.role, membership.works_triage) == ("lead", True)
    assert client.get(reverse("accounts:person", args=[outsider.pk])).status_code == 200
    args = [outsider.pk, membership.pk]
    client.post(reverse("accounts:remove_membership", args=args))
    assert not outsider.memberships.exists()


def test_membership_is_only_removed_from_its_own_person(
    client: Client, admin: User, agent: User, colleague: User
) -> None:
    client.force_login(admin)
    args = [colleague.pk, agent.memberships.get().pk]
    assert client.post(reverse("accounts:remove_membership", args=args)).status_code == 404


def test_last_admin_is_told_why_not(client: Client, admin: User) -> None:
    client.force_login(admin)
    args = [admin.pk, admin.memberships.get().pk]
    response = client.post(reverse("accounts:remove_membership", args=args), follow=True)
    assert "last admin" in response.content.decode()
    form = {"membership-department": "", "membership-role": "observer"}
    response = client.post(reverse("accounts:set_membership", args=[admin.pk]), form)
    assert "last admin" in response.content.decode()


def test_account_is_switched_off_and_on(client: Client, admin: User, agent: User) -> None:
    client.force_login(admin)
    for is_active in (False, True):
        client.post(reverse("accounts:switch_person", args=[agent.pk]))
        agent.refresh_from_db()
        assert agent.is_active is is_active


def test_new_token_is_shown_once(client: Client, agent: User) -> None:
    client.force_login(agent)
    form = {"name": "reports", "days": "30", "is_read_only": "on"}
    html = client.post(reverse("accounts:tokens"), form).content.decode()
    shown = re.search(r'value="(cd_[^"]+)"', html)
    assert shown
    key = shown[1]
    token = ApiToken.objects.with_key(key).get()
    assert (token.user, token.is_read_only) == (agent, True)
    assert 29 <= (token.expires_at - timezone.now()).days <= 30
    assert key not in client.get(reverse("accounts:tokens")).content.decode()


def test_tokens_are_ones_own_unless_admin(
    client: Client, agent: User, colleague: User, admin: User
) -> None:
    token, _key = make_token(colleague)
    revoke = reverse("accounts:revoke_token", args=[token.pk])
    client.force_login(agent)
    assert token.prefix not in client.get(reverse("accounts:tokens") + "?everyone").content.decode()
    assert client.post(revoke).status_code == 404
    client.force_login(admin)
    assert token.prefix in client.get(reverse("accounts:tokens") + "?everyone").content.decode()
    assert client.post(revoke).status_code == 302
    token.refresh_from_db()
    assert token.revoked_at


def test_profile_changes_name_handle_and_zone(client: Client, agent: User) -> None:
    client.force_login(agent)
    url = reverse("accounts:profile")
    form = {"name": "Maya A.", "handle": "Maya.A", "time_zone": "Asia/Tokyo"}
    assert client.post(url, form).status_code == 302
    agent.refresh_from_db()
    assert (agent.name, agent.handle, agent.time_zone) == ("Maya A.", "maya.a", "Asia/Tokyo")
    assert client.post(url, form | {"time_zone": "Mars/Base"}).status_code == 200


def test_times_are_shown_in_the_persons_zone(client: Client, agent: User) -> None:
    User.objects.filter(pk=agent.pk).update(time_zone="Asia/Tokyo")
    make_token(agent, last_used_at=datetime(2026, 3, 2, 20, 0, tzinfo=UTC))
    client.force_login(agent)
    assert "2026-03-03T05:00:00+09:00" in client.get(reverse("accounts:tokens")).content.decode()
    User.objects.filter(pk=agent.pk).update(time_zone="No/Where")
    assert "2026-03-02T20:00:00+00:00" in client.get(reverse("accounts:tokens")).content.decode()
