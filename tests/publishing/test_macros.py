"""Macros: who writes them, who uses them, and what becomes of their words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import trail
from accounts.models import Department, User
from inbox.models import Channel, Ticket
from inbox.services.conflicts import NotAllowed, Refused
from publishing import services
from publishing.models import Macro
from publishing.queries.macros import macros_for
from routing.models import Decision
from tests.factories import make_contact, make_ticket

pytestmark = pytest.mark.django_db
Departments = dict[str, Department]


@pytest.fixture
def ticket(channel: Channel, departments: Departments) -> Ticket:
    contact = make_contact("Zoë Marsh", handle="zoe")
    return make_ticket(channel, departments["customer_service"], contact=contact)


@pytest.fixture
def macro(departments: Departments, lead: User) -> Macro:
    return services.save_macro(
        name="Late parcel",
        text="Hi {{ contact.first_name }}, we look for it. {{ agent.first_name }}",
        department=departments["customer_service"],
        shortcut="/Late",
        tags=["Parcel", "parcel"],
        by=lead,
    )


def names(macros: list[Macro]) -> list[str]:
    return [macro.name for macro in macros]


def test_a_macro_speaks_to_the_ticket_and_is_counted(
    macro: Macro, ticket: Ticket, agent: User
) -> None:
    filled = services.use_macro(macro=macro, ticket=ticket, by=agent)
    assert filled.text == "Hi Zoë, we look for it. Maya"
    macro.refresh_from_db()
    assert (macro.uses, macro.shortcut) == (1, "late")
    assert [tag.name for tag in ticket.tags.all()] == ["Parcel"]


def test_a_second_use_adds_no_tag_and_does_not_fail(
    macro: Macro, ticket: Ticket, agent: User
) -> None:
    services.use_macro(macro=macro, ticket=ticket, by=agent)
    services.use_macro(macro=macro, ticket=ticket, by=agent)
    assert ticket.tags.count() == 1
    macro.refresh_from_db()
    assert macro.uses == 2


def test_what_is_unknown_of_a_contact_is_asked_for(
    macro: Macro, channel: Channel, departments: Departments, agent: User
) -> None:
    nameless = make_ticket(channel, departments["customer_service"], contact=None)
    filled = services.use_macro(macro=macro, ticket=nameless, by=agent)
    assert filled.missing == ("contact.first_name",)


def test_the_topic_of_the_ticket_comes_first_then_the_most_used(
    macro: Macro, ticket: Ticket, departments: Departments, agent: User, admin: User
) -> None:
    home = departments["customer_service"]
    Macro.objects.create(name="Everybody's", text="Hello")
    Macro.objects.create(name="Refund", text="Money back", department=home, topic="refund")
    Macro.objects.create(name="Put away", text="Old", department=home, is_active=False)
    Macro.objects.create(name="Press", text="No comment", department=departments["pr"])
    Macro.objects.filter(pk=macro.pk).update(uses=3)
    ticket.decision = Decision.objects.create(method="classifier", topic="refund")
    assert names(macros_for(ticket, agent)) == ["Refund", "Late parcel", "Everybody's"]


def test_only_leads_write_for_their_department(departments: Departments, agent: User) -> None:
    with pytest.raises(NotAllowed):
        services.save_macro(
            name="Mine", text="Hi", department=departments["customer_service"], by=agent
        )


def test_a_lead_takes_no_macro_of_another_department(
    departments: Departments, lead: User, macro: Macro
) -> None:
    with pytest.raises(NotAllowed):
        services.save_macro(
            macro=macro, name="Hers", text="Hi", department=departments["pr"], by=lead
        )
    press = Macro.objects.create(name="Press", text="Hi", department=departments["pr"])
    home = departments["customer_service"]
    with pytest.raises(NotAllowed):
        services.save_macro(macro=press, name="Hers", text="Hi", department=home, by=lead)


def test_macros_of_all_departments_are_the_admins(lead: User, admin: User) -> None:
    with pytest.raises(NotAllowed):
        services.save_macro(name="All", text="Hi", department=None, by=lead)
    assert services.save_macro(name="All", text="Hi", department=None, by=admin).pk


def test_hr_keeps_its_words_from_the_admin(
    departments: Departments, admin: User, hr_partner: User
) -> None:
    Macro.objects.create(name="Sick leave", text="Hi", department=departments["hr"])
    assert not Macro.objects.readable_by(admin).exists()
    assert not Macro.objects.editable_by(admin).exists()
    assert Macro.objects.readable_by(hr_partner).exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "Hi {{ contact.nme }}"}, "text"),
        ({"text": "  "}, "text"),
        ({"text": "a" * 10_001}, "text"),
        ({"name": "Late  parcel"}, "name"),
        ({"name": " "}, "name"),
        ({"shortcut": "late"}, "shortcut"),
        ({"shortcut": "no spaces"}, "shortcut"),
        ({"tags": ["a" * 41]}, "tags"),
    ],
)
def test_a_fault_names_its_field_and_nothing_is_saved(
    macro: Macro, lead: User, departments: Departments, changes: dict[str, Any], field: str
) -> None:
    given = {"name": "New", "text": "Hi", "department": departments["customer_service"]}
    with pytest.raises(Refused) as refused:
        services.save_macro(**{**given, **changes}, by=lead)
    assert refused.value.field == field
    assert Macro.objects.count() == 1


def test_a_change_is_on_the_audit_trail_and_a_use_is_not(
    macro: Macro, ticket: Ticket, agent: User, lead: User
) -> None:
    services.use_macro(macro=macro, ticket=ticket, by=agent)
    entries = trail.trail_page(kind="publishing.macro").entries
    assert [(entry.action, entry.by) for entry in entries] == [("created", "Ines Duarte")]


# -- pages --


def test_a_lead_writes_changes_and_removes_a_macro(
    client: Client, lead: User, departments: Departments
) -> None:
    client.force_login(lead)
    form = {"name": "Hours", "text": "We open at 7.", "shortcut": "/hours", "tags": "a, b"}
    form["department"] = str(departments["customer_service"].pk)
    client.post(reverse("publishing:macro_create"), form)
    macro = Macro.objects.get()
    assert (macro.shortcut, macro.tags) == ("hours", ["a", "b"])
    client.post(reverse("publishing:macro", args=[macro.pk]), {**form, "text": "At 8."})
    macro.refresh_from_db()
    assert (macro.text, macro.is_active) == ("At 8.", False)
    client.post(reverse("publishing:macro_delete", args=[macro.pk]))
    assert not Macro.objects.exists()


def test_an_unknown_variable_is_told_beside_the_text(
    client: Client, lead: User, departments: Departments
) -> None:
    client.force_login(lead)
    form = {"name": "Hi", "text": "{{ contact.nme }}", "department": ""}
    form["department"] = str(departments["customer_service"].pk)
    page = client.post(reverse("publishing:macro_create"), form)
    assert "Did you mean “contact.name”?" in page.content.decode()
    assert not Macro.objects.exists()


def test_an_agent_reads_macros_and_changes_none(client: Client, agent: User, macro: Macro) -> None:
    client.force_login(agent)
    page = client.get(reverse("publishing:macros")).content.decode()
    assert "Late parcel" in page
    assert reverse("publishing:macro", args=[macro.pk]) not in page
    assert client.get(reverse("publishing:macro", args=[macro.pk])).status_code == 403


def test_a_lead_of_another_department_finds_nothing(
    client: Client, departments: Departments, macro: Macro
) -> None:
    from tests.personas import person

    client.force_login(person("bea", "Bea", (departments["marketing"], "lead")))
    assert client.get(reverse("publishing:macro", args=[macro.pk])).status_code == 404
    assert client.post(reverse("publishing:macro_delete", args=[macro.pk])).status_code == 404


def test_an_observer_needs_no_macros(client: Client, observer: User) -> None:
    client.force_login(observer)
    assert client.get(reverse("publishing:macros")).status_code == 403


def test_the_api_lists_what_one_may_use(
    as_user: Callable[[User], Client], agent: User, macro: Macro, departments: Departments
) -> None:
    Macro.objects.create(name="Sick leave", text="Hi", department=departments["hr"])
    found = as_user(agent).get("/api/macros").json()
    assert [one["name"] for one in found] == ["Late parcel"]
    assert found[0]["department"] == "customer_service"
