"""A rule gives tickets to somebody with a skill: to whoever is there and has the fewest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Department, Skill, User
from accounts.services import set_away, set_skills
from inbox.connectors.types import IncomingAuthor
from inbox.models import Channel, Ticket
from inbox.services.receive import deciding, receive, skilled
from inbox.timeline import sentence_of
from routing import queries, services
from routing.models import Decision, Rule
from routing.services import decide_batch
from tests.factories import make_channel, make_ticket
from tests.inbox.receive.conftest import minutes, post
from tests.inbox.receive.test_at_once import together

pytestmark = pytest.mark.django_db
Departments = dict[str, Department]
Make = Callable[..., Rule]
NAMES: Mapping[str, Mapping[int, str]] = {"users": {}, "departments": {}}


@pytest.fixture(autouse=True)
def real_rules(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> None:
    settings.MODEL_DIR = tmp_path
    monkeypatch.setattr(deciding, "decide_batch", decide_batch)
    monkeypatch.setattr(queries, "_current", None)


@pytest.fixture
def rule(departments: Departments) -> Make:
    """Sends parcels to customer service, to somebody who speaks Spanish."""

    def make(**values: Any) -> Rule:
        skill, _is_new = Skill.objects.get_or_create(slug="spanish")
        tree = {"all": [{"phrase": ["parcel"]}]}
        wanted = {"name": "Parcels", "department": departments["customer_service"], "skill": skill}
        conditions = {"format": 1, "tree": tree}
        return services.create_rule(by=None, conditions=conditions, **{**wanted, **values})

    return make


def speak(*people: User) -> None:
    for person in people:
        set_skills(user=person, labels=["Spanish"], by=None)


def owners() -> list[User | None]:
    return [ticket.assignee for ticket in Ticket.objects.order_by("opened_at", "pk")]


def test_whoever_has_the_fewest_open_tickets_gets_it(
    channel: Channel, departments: Departments, rule: Make, agent: User, colleague: User
) -> None:
    rule()
    speak(agent, colleague)
    make_ticket(channel, departments["customer_service"], assignee=agent, at=minutes(-9))
    receive(channel, [post("a", at=1), post("b", at=2), post("c", at=3)])
    assert owners()[1] == colleague
    assert sorted(str(o) for o in owners()) == [str(agent), str(agent), *[str(colleague)] * 2]


def test_resolved_tickets_do_not_count(
    channel: Channel, departments: Departments, rule: Make, agent: User, colleague: User
) -> None:
    rule()
    speak(agent, colleague)
    home = departments["customer_service"]
    for _n in range(3):
        make_ticket(channel, home, assignee=agent, state="resolved", at=minutes(-9))
    make_ticket(channel, home, assignee=colleague, at=minutes(-8))
    receive(channel, [post("a")])
    assert Ticket.objects.latest("pk").assignee == agent


def test_of_equally_busy_people_the_one_who_waited_longest(
    channel: Channel, rule: Make, agent: User, colleague: User
) -> None:
    rule()
    speak(agent, colleague)
    User.objects.filter(pk=agent.pk).update(last_given_at=timezone.now())
    receive(channel, [post("a")])
    assert owners() == [colleague]
    colleague.refresh_from_db()
    assert colleague.last_given_at is not None


def test_nobody_who_is_away_or_elsewhere_or_gone(
    channel: Channel, rule: Make, agent: User, colleague: User, pr_officer: User
) -> None:
    rule()
    speak(agent, colleague, pr_officer)
    set_away(user=agent, is_away=True)
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    receive(channel, [post("a")])
    assert owners() == [None]
    event = Ticket.objects.get().events.get(kind="routed")
    assert "nobody who knows “spanish” is there" in sentence_of(event, NAMES)
    set_away(user=agent, is_away=False)
    receive(channel, [post("b", at=1)])
    assert owners() == [None, agent]


def test_the_timeline_says_who_and_why(channel: Channel, rule: Make, agent: User) -> None:
    rule()
    speak(agent)
    receive(channel, [post("a")])
    event = Ticket.objects.get().events.get(kind="routed")
    names = {"users": {agent.pk: str(agent)}, "departments": {}}
    assert "Maya Adeyemi got it, who knows “spanish”" in sentence_of(event, names)


def test_a_reworded_post_stays_with_whom_it_went_to(
    channel: Channel, rule: Make, agent: User, colleague: User
) -> None:
    rule()
    speak(agent, colleague)
    receive(channel, [post("a")])
    first = owners()
    receive(channel, [post("a", "Where is my other parcel?", edited_at=minutes(5))])
    assert owners() == first


def test_a_person_above_a_skill_below(
    channel: Channel, rule: Make, agent: User, colleague: User
) -> None:
    rule(skill=None, assignee=colleague, goes_on=True, name="First")
    rule(place="unchanged", department=None)
    speak(agent)
    receive(channel, [post("a")])
    assert owners() == [colleague]


@pytest.mark.django_db(transaction=True)
def test_two_batches_at_once_do_not_give_to_the_same_person(
    channel: Channel,
    rule: Make,
    agent: User,
    colleague: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rule()
    speak(agent, colleague)
    receive(channel, [post("warm", "Hello")])  # Raises the alarm that there is no classifier.
    start, meeting = threading.Barrier(2), threading.Barrier(2)
    find, read = skilled.Skilled.find, skilled.Skilled._read

    def find_together(decisions: Iterable[Decision]) -> skilled.Skilled:
        start.wait(timeout=10)
        return find(decisions)

    def read_together(wanted: set[str]) -> skilled.Skilled:
        found = read(wanted)
        with suppress(threading.BrokenBarrierError):
            meeting.wait(timeout=0.4)
        return found

    monkeypatch.setattr(skilled.Skilled, "find", find_together)
    monkeypatch.setattr(skilled.Skilled, "_read", read_together)
    # Somebody else's post: two batches wait for each other over the same contact.
    other, pia = make_channel("Another page"), IncomingAuthor("u-pia", handle="pia")
    together(lambda: receive(channel, [post("a")]), lambda: receive(other, [post("b", author=pia)]))
    assert {str(owner) for owner in owners() if owner} == {str(agent), str(colleague)}
