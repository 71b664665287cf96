"""Whom rules and the router ask, and who is told, when a ticket opens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Department, User
from inbox.connectors.types import IncomingPost
from inbox.models import Channel, Consult, Notice, Ticket
from inbox.services import consults
from inbox.services.receive import deciding, receive
from routing import queries, services
from routing.facts import Facts
from routing.models import Decision, Rule
from routing.services import decide_batch
from tests.inbox.receive.conftest import minutes, post

pytestmark = pytest.mark.django_db
Departments = dict[str, Department]
Make = Callable[..., Rule]


@pytest.fixture(autouse=True)
def real_rules(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> None:
    settings.MODEL_DIR = tmp_path
    monkeypatch.setattr(deciding, "decide_batch", decide_batch)
    monkeypatch.setattr(queries, "_current", None)


@pytest.fixture
def rule(departments: Departments) -> Make:
    """Makes a rule; by default it sends parcels to customer service."""

    def make(phrase: str = "parcel", **values: Any) -> Rule:
        conditions = {"format": 1, "tree": {"all": [{"phrase": [phrase]}]}}
        wanted = {"name": "Parcels", "department": departments["customer_service"]}
        return services.create_rule(by=None, conditions=conditions, **{**wanted, **values})

    return make


def fresh(name: str, text: str = "Where is my parcel?", **more: Any) -> IncomingPost:
    return post(name, text, posted_at=timezone.now() - timedelta(minutes=3), **more)


def told(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("user__handle", flat=True))


def test_a_rule_asks_another_department_and_its_members_are_told(
    channel: Channel, rule: Make, departments: Departments, pr_officer: User, agent: User
) -> None:
    rule(consult=departments["pr"])
    receive(channel, [fresh("a")])
    consult, ticket = Consult.objects.get(), Ticket.objects.get()
    assert (consult.department, consult.source) == (departments["pr"], "rule")
    assert (consult.question, ticket.consulted) == ("Parcels", [departments["pr"].pk])
    assert told("consulted") == {"lee"}
    assert ticket.events.get(kind="consulted").data["rule"] == "Parcels"


def test_a_rule_tells_people_and_departments_who_may_see_it(
    channel: Channel, rule: Make, departments: Departments, pr_officer: User, agent: User
) -> None:
    rule(notify_user=agent, notify_department=departments["pr"])
    rule("job", name="Jobs", department=departments["hr"], notify_user=agent)
    receive(channel, [fresh("a"), fresh("b", "A job?")])
    assert told("rule") == {"maya", "lee"}
    assert Notice.objects.count() == 2
    assert Notice.objects.filter(user=agent).get().data == {"rules": ["Parcels"]}


def test_nobody_outside_is_asked_about_a_confidential_ticket(
    channel: Channel, rule: Make, departments: Departments, pr_officer: User
) -> None:
    rule("job", department=departments["hr"], consult=departments["pr"])
    receive(channel, [fresh("a", "A job?")])
    assert (Consult.objects.count(), Ticket.objects.get().consulted) == (0, [])
    assert not Ticket.objects.visible_to(pr_officer).exists()


def test_a_rule_shows_what_waits_in_triage_to_whom_it_asks(
    channel: Channel, rule: Make, departments: Departments, pr_officer: User
) -> None:
    rule(place="triage", department=None, consult=departments["pr"])
    receive(channel, [fresh("a")])
    assert Ticket.objects.visible_to(pr_officer).get() == Ticket.objects.get()
    assert told("consulted") == {"lee"}


def test_what_comes_late_is_history_and_calls_nobody(
    channel: Channel, rule: Make, departments: Departments, pr_officer: User
) -> None:
    rule(consult=departments["pr"], notify_department=departments["pr"])
    receive(channel, [post("a", posted_at=timezone.now() - timedelta(days=8))])
    assert (Consult.objects.count(), Notice.objects.count()) == (0, 0)


def test_the_same_delivery_again_tells_nobody_again(
    channel: Channel, rule: Make, departments: Departments, pr_officer: User
) -> None:
    rule(consult=departments["pr"], notify_department=departments["pr"])
    first = fresh("a")
    receive(channel, [first])
    receive(channel, [first])
    receive(channel, [fresh("a", "Where is my parcel now?", edited_at=timezone.now())])
    assert (Consult.objects.count(), Notice.objects.count()) == (1, 2)


def test_a_reworded_opening_takes_its_question_along(
    channel: Channel, rule: Make, departments: Departments, pr_officer: User
) -> None:
    rule(consult=departments["pr"])
    rule("boycott", name="Boycott", department=departments["pr"], consult=departments["marketing"])
    receive(channel, [fresh("a")])
    receive(channel, [fresh("a", "A boycott!", edited_at=timezone.now())])
    assert Ticket.objects.get().consulted == [departments["marketing"].pk]
    states = dict(Consult.objects.values_list("department__slug", "state"))
    assert states == {"pr": "withdrawn", "marketing": "open"}


def test_merged_tickets_keep_one_question_a_department(
    channel: Channel, rule: Make, departments: Departments
) -> None:
    rule(consult=departments["pr"])
    receive(channel, [fresh("b", under="a"), fresh("c", under="a")])
    assert Ticket.objects.count() == 2
    receive(channel, [fresh("a")])
    ticket = Ticket.objects.current().get()
    assert ticket.consulted == [departments["pr"].pk]
    assert Consult.objects.get(state="open").ticket == ticket


def test_asking_and_telling_cost_no_more_queries_for_more_posts(
    channel: Channel, rule: Make, departments: Departments, pr_officer: User
) -> None:
    rule(consult=departments["pr"], notify_department=departments["pr"])
    receive(channel, [fresh("warm")])
    counts = []
    for size in (1, 30):
        with CaptureQueriesContext(connection) as captured:
            receive(channel, [fresh(f"n{size}-{n}") for n in range(size)])
        counts.append(len(captured))
    assert counts[1] <= counts[0]


def close(facts: Sequence[Facts], departments: Departments, **more: Any) -> list[Decision]:
    return [
        Decision(
            department=departments["customer_service"],
            method="classifier",
            consult="pr",
            effects={"is_close": True},
            **more,
        )
        for _ in facts
    ]


def test_the_routers_doubt_is_in_the_queue_and_calls_nobody(
    channel: Channel, departments: Departments, pr_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "decide_batch", lambda facts: close(facts, departments))
    receive(channel, [fresh("a")])
    assert Consult.objects.get().source == "router"
    assert Notice.objects.count() == 0


def test_a_persons_question_outlives_a_delivery(
    channel: Channel, rule: Make, departments: Departments, agent: User
) -> None:
    rule()
    receive(channel, [fresh("a")])
    ticket = Ticket.objects.get()
    consults.ask(ticket=ticket, department=departments["pr"], question="?", by=agent)
    receive(channel, [fresh("b", "Hello?", under="a"), fresh("a", "Rot.", edited_at=minutes(9))])
    assert Ticket.objects.get().consulted == [departments["pr"].pk]
    assert Consult.objects.get().is_open
