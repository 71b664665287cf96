"""Signatures: a department's choice, a person's name, and never twice."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts import trail
from accounts.models import Department, User
from inbox.services.conflicts import NotAllowed, Refused
from publishing import services
from publishing.models import Reply, Signing
from tests.publishing.conftest import Draft

pytestmark = pytest.mark.django_db
Departments = dict[str, Department]
Style = Signing.Style


@pytest.fixture
def home(departments: Departments) -> Department:
    return departments["customer_service"]


def signed(text: str, author: User, department: Department | None) -> str:
    return services.signed_text(text=text, author=author, department=department)


def test_nothing_is_signed_unless_the_department_wants_it(agent: User, home: Department) -> None:
    assert signed("Hello", agent, home) == "Hello"
    assert signed("Hello", agent, None) == "Hello"


def test_initials_stand_on_the_same_line(agent: User, lead: User, home: Department) -> None:
    services.set_signing(department=home, style=Style.INITIALS, by=lead)
    assert signed("Hello \n", agent, home) == "Hello ^MA"


def test_a_first_name_stands_on_its_own(agent: User, lead: User, home: Department) -> None:
    services.set_signing(department=home, style=Style.FIRST_NAME, by=lead)
    assert signed("Hello", agent, home) == "Hello\n– Maya"


def test_ones_own_sign_off_wins(agent: User, lead: User, home: Department) -> None:
    services.set_signing(department=home, style=Style.INITIALS, by=lead)
    services.set_sign_off(user=agent, text=" ^Maya ")
    assert signed("Hello", agent, home) == "Hello ^Maya"
    services.set_sign_off(user=agent, text="")
    assert signed("Hello", agent, home) == "Hello ^MA"


def test_nothing_is_signed_twice(agent: User, lead: User, home: Department) -> None:
    services.set_signing(department=home, style=Style.INITIALS, by=lead)
    assert signed("Hello ^MA\n", agent, home) == "Hello ^MA\n"
    assert signed("", agent, home) == ""


def test_a_reply_taken_back_is_signed_anew_below_what_is_typed_then(
    draft: Draft, agent: User, lead: User, home: Department
) -> None:
    services.set_signing(department=home, style=Style.INITIALS, by=lead)
    reply = services.send_reply(reply=draft("We are sorry."), by=agent)
    assert reply.text == "We are sorry. ^MA"
    services.undo_reply(reply=reply, by=agent)
    assert Reply.objects.get(pk=reply.pk).text == "We are sorry."
    reply = services.send_reply(reply=draft("We are sorry. Truly."), by=agent)
    assert reply.text == "We are sorry. Truly. ^MA"


def test_only_its_leads_say_how_a_department_signs(agent: User, home: Department) -> None:
    with pytest.raises(NotAllowed):
        services.set_signing(department=home, style=Style.INITIALS, by=agent)


def test_a_style_that_is_none_is_refused(lead: User, home: Department) -> None:
    with pytest.raises(Refused):
        services.set_signing(department=home, style="loud", by=lead)


def test_the_choice_is_on_the_audit_trail(lead: User, home: Department) -> None:
    services.set_signing(department=home, style=Style.INITIALS, by=lead)
    entry = trail.trail_page(kind="publishing.signing").entries[0]
    assert (entry.by, entry.name) == ("Ines Duarte", "Customer service")


def test_a_lead_sets_it_on_the_page_and_an_agent_only_their_own(
    client: Client, lead: User, agent: User, home: Department
) -> None:
    client.force_login(lead)
    client.post(reverse("publishing:set_signing", args=[home.slug]), {"style": "initials"})
    assert Signing.objects.get().style == Style.INITIALS
    client.force_login(agent)
    answer = client.post(reverse("publishing:set_signing", args=[home.slug]), {"style": "off"})
    assert answer.status_code == 403
    client.post(reverse("publishing:signatures"), {"text": "Maya A."})
    assert "^Maya A." in client.get(reverse("publishing:signatures")).content.decode()


def test_a_lead_finds_no_other_department(
    client: Client, lead: User, departments: Departments
) -> None:
    client.force_login(lead)
    answer = client.post(reverse("publishing:set_signing", args=["pr"]), {"style": "initials"})
    assert answer.status_code == 404
