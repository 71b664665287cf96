"""The real process, with real connections to PostgreSQL and to browsers."""

from __future__ import annotations

import queue
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction

from accounts import services
from accounts.models import Department, Membership, User
from inbox import live
from inbox.live_server.server import STREAMS_A_PERSON
from tests import servers
from tests.inbox.live.browser import Browser, session_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

Role = Membership.Role


@pytest.fixture(scope="module")
def server_url(django_db_setup: None) -> Iterator[str]:
    with servers.live() as server:
        yield server.url


@pytest.fixture
def url(transactional_db: None, server_url: str) -> str:
    """Where the process answers."""
    return server_url


@pytest.fixture(autouse=True)
def departments(transactional_db: None) -> dict[str, Department]:
    """The four departments: a test that commits finds the tables emptied by the one before."""
    for position, slug in enumerate(("customer_service", "pr", "marketing", "hr"), 1):
        Department.objects.get_or_create(
            slug=slug,
            defaults={"name": slug, "letter": "X", "position": position}
            | {"is_confidential": slug == "hr"},
        )
    return {d.slug: d for d in Department.objects.all()}


def say(ticket: int, department: Department, kind: str = "post") -> float:
    """Commit a message; return when."""
    with transaction.atomic():
        live.publish([(ticket, department.pk, department.pk)], kind=kind)
    return time.monotonic()


def tickets(browser: Browser) -> list[int]:
    event = browser.next_event()
    assert event.name == "message", event
    return [change[0] for change in event.data["t"]]


def test_message_is_heard_within_a_second_by_who_may(
    url: str, agent: User, hr_partner: User, departments: dict[str, Department]
) -> None:
    with Browser(url, session_of(agent)) as maya, Browser(url, session_of(hr_partner)) as hana:
        assert maya.headers["Content-Type"].startswith("text/event-stream")
        assert maya.headers["Cache-Control"] == "no-store"
        assert maya.headers["X-Accel-Buffering"] == "no"
        said_at = say(7, departments["customer_service"])
        event = maya.next_event()
        assert event.data == {"k": "post", "t": [[7, *[departments["customer_service"].pk] * 2]]}
        assert event.at - said_at < 1
        assert tickets(hana) == [7]
        say(8, departments["hr"])
        assert tickets(hana) == [8]
        assert maya.hears_nothing()


def test_what_is_rolled_back_is_not_heard(
    url: str, agent: User, departments: dict[str, Department]
) -> None:
    with Browser(url, session_of(agent)) as maya:
        with transaction.atomic():
            live.publish([(7, departments["pr"].pk, departments["pr"].pk)])
            transaction.set_rollback(True)
        assert maya.hears_nothing()


def test_anonymous_inactive_and_outsiders_hear_nothing(
    url: str, agent: User, outsider: User
) -> None:
    left = session_of(agent)
    User.objects.filter(pk=agent.pk).update(is_active=False)
    assert Browser(url).status == 401
    assert Browser(url, "made-up").status == 401
    assert Browser(url, left).status == 401
    assert Browser(url, session_of(outsider)).status == 403


def test_foreign_pages_are_refused_and_other_ports_of_this_host_are_not(
    url: str, agent: User
) -> None:
    session = session_of(agent)
    assert Browser(url, session, headers={"Origin": "https://evil.example"}).status == 403
    with Browser(url, session, headers={"Origin": "http://localhost:8000"}) as browser:
        assert browser.headers["Access-Control-Allow-Origin"] == "http://localhost:8000"
        assert browser.headers["Access-Control-Allow-Credentials"] == "true"


def test_lost_database_connection_is_made_again_and_pages_fetch_anew(
    url: str, agent: User, departments: dict[str, Department]
) -> None:
    with Browser(url, session_of(agent)) as maya:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'crossdesk live' AND datname = current_database()"
            )
            # The browser tests' live process may listen to this database, too.
            assert set(cursor.fetchall()) == {(True,)}
        event = maya.next_event(10)
        assert (event.name, event.data) == ("resync", {"reason": "reconnected"})
        say(7, departments["pr"])
        assert tickets(maya) == [7]


def test_taken_membership_stops_the_very_next_message(
    url: str, hr_partner: User, admin: User, departments: dict[str, Department]
) -> None:
    hr = departments["hr"]
    services.set_membership(
        user=hr_partner, department=departments["pr"], role=Role.AGENT, by=admin
    )
    with Browser(url, session_of(hr_partner)) as hana:
        say(7, hr)
        assert tickets(hana) == [7]
        membership = hr_partner.memberships.get(department=hr)
        with transaction.atomic():
            services.remove_membership(membership=membership, by=admin)
            live.publish([(8, hr.pk, hr.pk)])
        say(9, hr)
        event = hana.next_event()
        assert (event.name, event.data) == ("resync", {"reason": "access"})
        assert hana.hears_nothing()
        say(10, departments["pr"])
        assert tickets(hana) == [10]


def test_department_that_becomes_confidential_is_silent_at_once_for_others(
    url: str, agent: User, pr_officer: User, admin: User, departments: dict[str, Department]
) -> None:
    pr = departments["pr"]
    with Browser(url, session_of(agent)) as maya:
        services.update_department(
            department=pr, name="PR", letter="P", hue="teal", is_confidential=True,
            is_active=True, by=admin,
        )  # fmt: skip
        say(7, pr)
        assert maya.next_event().data == {"reason": "access"}
        assert maya.hears_nothing()


def test_deactivated_person_is_sent_away(url: str, agent: User, admin: User) -> None:
    with Browser(url, session_of(agent)) as maya:
        services.deactivate_person(user=agent, by=admin)
        assert maya.next_event().name == "bye"
        assert maya.hear() is None


def test_return_after_a_pause_catches_up_only_when_something_was_missed(
    url: str, agent: User, departments: dict[str, Department]
) -> None:
    session = session_of(agent)
    with Browser(url, session) as maya:
        say(6, departments["pr"])
        tickets(maya)
        mark = maya.last_mark
    with Browser(url, session, headers={"Last-Event-ID": mark}) as maya:
        assert maya.hears_nothing()
    say(7, departments["hr"])
    with Browser(url, session, headers={"Last-Event-ID": mark}) as maya:
        assert maya.hears_nothing()
    made_at = time.time_ns() // 1_000_000
    say(8, departments["pr"])
    with Browser(url, session, headers={"Last-Event-ID": mark}) as maya:
        assert (maya.next_event().name, maya.hears_nothing()) == ("resync", True)
    with Browser(url, session, query=f"?since={made_at}") as maya:
        assert maya.next_event().data == {"reason": "missed"}


def test_presence_reaches_only_who_has_the_ticket_on_screen(
    url: str, agent: User, colleague: User, departments: dict[str, Department]
) -> None:
    with (
        Browser(url, session_of(agent), query="?ticket=7") as maya,
        Browser(url, session_of(colleague)) as tom,
    ):
        say(7, departments["customer_service"], kind="presence")
        assert tickets(maya) == [7]
        assert tom.hears_nothing(0.2)


def test_burst_is_told_in_a_few_events(
    url: str, agent: User, departments: dict[str, Department]
) -> None:
    with Browser(url, session_of(agent)) as maya:
        for ticket in range(100):
            say(ticket, departments["pr"])
        heard: list[list[int]] = []
        while sum(map(len, heard)) < 100:
            heard.append(tickets(maya))
        assert len(heard) < 50


def test_one_person_holds_a_bounded_number_of_streams(url: str, agent: User) -> None:
    session = session_of(agent)
    with ThreadPoolExecutor(4) as pool:
        browsers = list(pool.map(lambda _: Browser(url, session), range(STREAMS_A_PERSON)))
    try:
        assert {browser.status for browser in browsers} == {200}
        assert Browser(url, session).status == 429
    finally:
        for browser in browsers:
            browser.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_signal_ends_the_process_though_streams_are_open(
    agent: User, number: signal.Signals
) -> None:
    with servers.live() as server, Browser(server.url, session_of(agent)) as maya:
        server.process.send_signal(number)
        asked_at = time.monotonic()
        assert maya.hear() is None
        assert server.process.wait(5) == 0
        assert time.monotonic() - asked_at < 3


def test_sign_out_ends_the_stream_at_the_next_check(
    url: str, agent: User, admin: User, departments: dict[str, Department]
) -> None:
    session = session_of(agent)
    with Browser(url, session) as maya:
        Session.objects.filter(session_key=session).delete()
        # Any change of rights has everybody's read again, as the minute's check does.
        services.set_membership(user=admin, department=None, role=Role.ADMIN, by=admin)
        try:
            assert maya.next_event().name == "bye"
        except queue.Empty:
            pytest.fail("The stream of a signed-out browser stayed open.")
