"""Signing in and out, forgotten passwords, guessing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.personas import PASSWORD

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
WRONG = "not my password"
LIMIT = 8


def attempt(client: Client, user: str, password: str, **extra: str) -> Answer:
    return client.post(LOGIN, {"login": user, "password": password, **extra})


def test_right_password_opens_the_inbox(client: Client, agent: User) -> None:
    response = attempt(client, agent.email, PASSWORD)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(agent.pk)


def test_case_of_the_address_does_not_matter(client: Client, agent: User) -> None:
    assert attempt(client, agent.email.upper(), PASSWORD).status_code == 302


def test_wrong_password_is_told_on_the_page(client: Client, agent: User) -> None:
    response = attempt(client, agent.email, WRONG)
    assert response.status_code == 200
    assert "not correct" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_unknown_address_reads_like_a_wrong_password(client: Client, agent: User) -> None:
    def sentence(address: str) -> str:
        html = attempt(client, address, WRONG).content.decode()
        found = re.search(r'class="alert bad".*?</div></div>', html, re.DOTALL)
        assert found
        return found[0]

    assert sentence("nobody@kestrel.example") == sentence(agent.email)


def test_next_is_followed_inside_and_ignored_outside(client: Client, agent: User) -> None:
    assert attempt(client, agent.email, PASSWORD, next="/t/7/")["Location"] == "/t/7/"
    client.logout()
    outside = attempt(client, agent.email, PASSWORD, next="https://evil.example/")
    assert outside["Location"] == "/"


def test_switched_off_account_stays_out(client: Client, agent: User) -> None:
    User.objects.filter(pk=agent.pk).update(is_active=False)
    attempt(client, agent.email, PASSWORD)
    assert "_auth_user_id" not in client.session


def test_guessing_locks_even_the_right_password_out(client: Client, agent: User) -> None:
    with time_machine.travel("2026-03-02 09:00Z", tick=False) as clock:
        answers = [attempt(client, agent.email, WRONG).status_code for _ in range(LIMIT)]
        assert answers == [200] * (LIMIT - 1) + [429]
        locked = attempt(client, agent.email, PASSWORD)
        assert locked.status_code == 429
        assert "Too many attempts" in locked.content.decode()
        assert "15 minutes" in locked.content.decode()
        clock.shift(16 * 60)
        assert attempt(client, agent.email, PASSWORD).status_code == 302


def test_writing_the_address_otherwise_does_not_help_to_guess(client: Client, agent: User) -> None:
    spellings = [agent.email, agent.email.upper(), f" {agent.email}", agent.email.title()]
    answers = [attempt(client, spellings[n % 4], WRONG).status_code for n in range(LIMIT)]
    assert answers[-1] == 429


def test_locked_out_person_does_not_lock_colleagues_out(
    client: Client, agent: User, colleague: User
) -> None:
    for _ in range(LIMIT):
        attempt(client, agent.email, WRONG)
    assert attempt(client, colleague.email, PASSWORD).status_code == 302


def test_success_forgives_earlier_mistakes(client: Client, agent: User) -> None:
    for _round in range(2):
        for _ in range(LIMIT - 1):
            attempt(client, agent.email, WRONG)
        assert attempt(client, agent.email, PASSWORD).status_code == 302
        client.logout()


def test_nobody_signs_up(client: Client) -> None:
    form = {"email": "new@kestrel.example", "password1": PASSWORD, "password2": PASSWORD}
    assert "admins of your organisation" in client.post("/accounts/signup/", form).content.decode()
    assert not User.objects.exists()


def test_sign_out_asks_first(client: Client, agent: User) -> None:
    client.force_login(agent)
    assert client.get("/accounts/logout/").status_code == 200
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_forgotten_password_is_set_by_a_link_that_works_once(client: Client, agent: User) -> None:
    client.post(reverse("account_reset_password"), {"email": agent.email})
    found = re.search(r"https?://testserver(\S+)", str(mail.outbox[0].body))
    assert found
    link = found[1]
    page = client.get(link, follow=True)
    target = page.redirect_chain[-1][0]
    fresh = "a brand new passphrase"
    client.post(target, {"password1": fresh, "password2": fresh})
    assert attempt(client, agent.email, fresh).status_code == 302
    assert "no longer works" in Client().get(link, follow=True).content.decode()


def test_no_mail_goes_to_strangers(client: Client) -> None:
    response = client.post(reverse("account_reset_password"), {"email": "x@elsewhere.example"})
    assert response.status_code == 302
    assert mail.outbox == []


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_signup",
        "account_inactive",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
    ],
)
def test_pages_before_sign_in_are_drawn_in_our_frame(client: Client, name: str) -> None:
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert 'class="entrance"' in response.content.decode()


@pytest.mark.parametrize(
    "name", ["account_logout", "account_change_password", "account_reauthenticate"]
)
def test_pages_after_sign_in_are_drawn_in_our_frame(client: Client, agent: User, name: str) -> None:
    client.force_login(agent)
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert 'class="entrance"' in response.content.decode()
