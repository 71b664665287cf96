"""The queues of a seeded demo: who sees what, and what was done when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import User
from inbox.models import Channel, Consult, HandOver, Mention, Note, Notice, Ticket, TicketEvent
from inbox.queries.filters import TicketFilter, tickets_on
from inbox.services import demo
from inbox.services.demo_asking import ask_around

pytestmark = pytest.mark.django_db
AFTERNOON = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def lived_in(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """One demo for all tests of this file, rolled back after them."""
    with pytest.MonkeyPatch.context() as patched, django_db_blocker.unblock():
        patched.setattr(settings, "VAR_DIR", tmp_path_factory.mktemp("var"))
        # A demo so small looks lived in on an afternoon; at night few of its tickets are open.
        with transaction.atomic(), time_machine.travel(AFTERNOON, tick=False):
            demo.seed(posts=250)
            yield
            transaction.set_rollback(True)


def person(handle: str) -> User:
    return User.objects.get(email=f"{handle}@kestrel.example")


def test_hr_tickets_are_seen_and_worked_by_hr_alone() -> None:
    hr = Ticket.objects.filter(department__slug="hr")
    assert hr.exists()
    own = hr.filter(shown_to=[])
    for handle in ("ada", "maya", "uma", "vera"):
        assert not (Ticket.objects.visible_to(person(handle)) & hr).exists()
    assert not (Ticket.objects.visible_to(person("lee")) & own).exists()
    assert (
        Ticket.objects.visible_to(person("hana")).filter(department__slug="hr").count()
        == hr.count()
    )
    members = {person(handle).pk for handle in ("hana", "gareth", "mariam")}
    assert set(hr.exclude(assignee=None).values_list("assignee", flat=True)) <= members
    assert set(Note.objects.filter(ticket__in=hr).values_list("author", flat=True)) <= members
    mentioned = Mention.objects.filter(note__ticket__in=hr).values_list("user", flat=True)
    assert set(mentioned) <= members


def test_queues_look_lived_in() -> None:
    now = timezone.now()
    older = Ticket.objects.filter(opened_at__lt=now - timedelta(days=1))
    resolved = older.filter(state="resolved").count()
    assert 0.55 < resolved / older.count() < 0.85
    assert 9 <= Ticket.objects.open().filter(department=None).count() <= 15
    for slug in ("customer_service", "marketing", "pr", "hr"):
        assert Ticket.objects.open().filter(department__slug=slug).count() >= 5
    assert Ticket.objects.filter(state="open").exclude(assignee=None).exists()
    kinds = set(TicketEvent.objects.values_list("kind", flat=True))
    assert kinds >= {"claimed", "noted", "tagged", "handed_over", "snoozed", "pending", "resolved"}


def test_the_work_is_dated_when_it_was_done() -> None:
    now = timezone.now()
    assert not TicketEvent.objects.filter(at__gt=now).exists()
    assert not TicketEvent.objects.filter(at__lt=F("ticket__opened_at")).exists()
    resolved = Ticket.objects.filter(state="resolved")
    assert not resolved.filter(resolved_at__lt=F("last_post_at")).exists()
    spread = resolved.dates("resolved_at", "day")
    assert len(spread) >= 10
    assert (
        TicketEvent.objects.filter(kind="received", at__gt=now - timedelta(minutes=5)).count() < 5
    )
    moved = HandOver.objects.filter(at__lt=now - timedelta(days=1))
    assert moved.exists()


def test_departments_ask_each_other_and_one_has_answered() -> None:
    assert Consult.objects.filter(source="person", state="open").count() == 4
    answered = Consult.objects.get(source="person", state="answered")
    assert answered.answer
    assert answered.closed_at is not None
    assert answered.asked_at < answered.closed_at <= timezone.now()


def test_whom_a_department_asked_finds_the_ticket_among_its_consults() -> None:
    asked = Consult.objects.filter(source="person", state="open").select_related("department")
    somebody = {"marketing": "bea", "customer_service": "ines", "hr": "hana", "pr": "lee"}
    for consult in asked:
        reader = person(somebody[consult.department.slug])
        shown = tickets_on(reader, TicketFilter(queue="consults"))
        assert shown.filter(pk=consult.ticket_id).exists()


def test_one_ticket_asks_the_leads_concerned_to_settle_it() -> None:
    ticket = Ticket.objects.get(bouncing_since__isnull=False)
    assert ticket.department is not None
    assert ticket.department.slug == "customer_service"
    told = Notice.objects.filter(kind=Notice.Kind.BOUNCED, ticket=ticket)
    assert set(told.values_list("user", flat=True)) == {person("ines").pk, person("bea").pk}


def test_seeding_twice_asks_nothing_twice() -> None:
    before = Consult.objects.count(), HandOver.objects.count(), Notice.objects.count()
    channels = Channel.objects.filter(pk__in=Ticket.objects.values("channel"))
    assert ask_around(channels=channels, now=timezone.now()) == 0
    assert (Consult.objects.count(), HandOver.objects.count(), Notice.objects.count()) == before
