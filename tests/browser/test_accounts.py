"""The accounts room in a browser: axe finds nothing, and an invitation opens an account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts import services
from accounts.models import Department, User
from tests.browser.axe import in_every_look
from tests.browser.conftest import Desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.django_db(transaction=True),
]
WIDTHS = (1440, 390)
SECRET = "a passphrase of some length"


def test_axe_finds_nothing_on_the_settings_of_accounts(
    admin: User,
    agent: User,
    departments: dict[str, Department],
    desk: Desk,
) -> None:
    expires_at = timezone.now() + timedelta(days=9)
    for is_read_only in (True, False):
        token, _key = services.create_token(
            user=admin, name="Report", expires_at=expires_at, is_read_only=is_read_only
        )
    services.revoke_token(token=token)
    services.update_person(
        user=agent, name="Maya", handle="maya.a", time_zone="Asia/Tokyo", by=admin
    )
    page = desk(admin, "/settings/profile/")
    names: list[tuple[str, list[str | int]]] = [
        ("profile", []),
        ("departments", []),
        ("new_department", []),
        ("department", ["hr"]),
    ]
    names += [("people", []), ("invite", []), ("person", [agent.pk]), ("tokens", []), ("audit", [])]
    for name, args in names:
        page.goto(reverse(f"accounts:{name}", args=args))
        assert in_every_look(page, WIDTHS) == [], name
    page.goto(reverse("accounts:tokens"))
    page.get_by_label("Name").fill("Fresh")
    page.get_by_role("button", name="Make the token").click()
    assert page.locator("#new-token").input_value().startswith("cd_")
    assert in_every_look(page, WIDTHS) == []
    page.goto(reverse("accounts:department", args=["hr"]))
    page.get_by_label("confidential").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    assert in_every_look(page, WIDTHS) == []
    page.goto(reverse("accounts:people") + "?q=nobody")
    assert in_every_look(page, WIDTHS) == []


def test_axe_finds_nothing_at_the_entrance(agent: User, desk: Desk) -> None:
    page = desk(None)
    paths = ["login", "signup", "inactive", "password/reset", "password/reset/done"]
    paths += ["password/reset/key/done", "password/reset/key/1-abc"]
    for path in paths:
        page.goto(f"/accounts/{path}/")
        assert in_every_look(page, WIDTHS) == [], path
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(agent.email)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert in_every_look(page, WIDTHS) == []
    page = desk(agent)
    for path in ("logout", "password/change", "reauthenticate"):
        page.goto(f"/accounts/{path}/")
        assert in_every_look(page, WIDTHS) == [], path


def test_invited_person_sets_a_password_signs_in_and_changes_their_zone(
    admin: User, departments: dict[str, Department], desk: Desk
) -> None:
    page = desk(admin, "/settings/people/")
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("E-mail address").fill("nia@kestrel.example")
    page.get_by_label("Name").fill("Nia Obi")
    page.get_by_label("department").select_option(label="PR")
    page.get_by_role("button", name="Make the account").click()
    link = page.get_by_label("Link").input_value()
    guest = desk(None, link)
    guest.get_by_label("New Password", exact=True).fill(SECRET)
    guest.get_by_label("New Password (again)").fill(SECRET)
    guest.get_by_role("button", name="Set password").click()
    guest.get_by_role("link", name="Sign in").click()
    guest.get_by_label("Email").fill("nia@kestrel.example")
    guest.get_by_label("Password").fill(SECRET)
    guest.get_by_role("button", name="Sign in").click()
    expect(guest).to_have_url("/q/pr/")
    guest.goto("/settings/profile/")
    guest.get_by_label("Time zone").select_option("Asia/Tokyo")
    guest.get_by_role("button", name="Save").click()
    expect(guest.get_by_text("Saved.")).to_be_visible()
    assert User.objects.get(email="nia@kestrel.example").time_zone == "Asia/Tokyo"
