"""The demo organisation in the database."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Membership, SlaDefault, SlaPolicy, User
from inbox.demo.people import password, sign_ins, signin_file
from inbox.models import (
    Channel,
    HandOver,
    Import,
    Note,
    Post,
    QuarantinedPayload,
    Ticket,
    TicketEvent,
)
from inbox.services import Receipt, demo, quarantine
from routing.models import Incident, Rule

FEW = 100
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    """No test writes into the data folder of whoever runs it."""
    settings.VAR_DIR = tmp_path


def person(handle: str) -> User:
    return User.objects.get(email=f"{handle}@kestrel.example")


def counts() -> dict[str, int]:
    kinds = (Post, Ticket, TicketEvent, Note, HandOver, Import, QuarantinedPayload)
    models = (User, Membership, Channel, Rule, SlaPolicy, SlaDefault, Incident, *kinds)
    return {model.__name__: model.objects.count() for model in models}


def test_posts_become_tickets_of_every_department_and_none_is_lost() -> None:
    done = demo.seed(posts=FEW)
    assert done.is_new
    assert done.posts == Post.objects.filter(is_stub=False).count()
    assert done.tickets == Ticket.objects.count()
    departments = set(Ticket.objects.values_list("department__slug", flat=True))
    assert departments == {"customer_service", "marketing", "pr", "hr", None}


def test_a_file_with_bad_rows_and_two_broken_deliveries_came_in() -> None:
    demo.seed(posts=FEW)
    report = Import.objects.get(state="done").report
    assert (report["created"], report["quarantined"]) == (6, 3)
    assert QuarantinedPayload.objects.filter(source="import").count() == 3
    assert QuarantinedPayload.objects.filter(source="webhook").count() == 2


def test_a_broken_delivery_goes_in_once_it_is_repaired() -> None:
    demo.seed(posts=FEW)
    kept = QuarantinedPayload.objects.get(channel__network="reddit")
    repaired = bytes(kept.raw).replace(b"yesterday at noon", b"2026-11-20T12:00:00Z")
    receipt = quarantine.replay(payload=kept, by=person("ada"), raw=repaired)
    assert receipt.created == 1


def test_seeding_again_changes_nothing() -> None:
    demo.seed(posts=FEW)
    before, word = counts(), password()
    again = demo.seed(posts=FEW, now=timezone.now() + timedelta(days=1))
    assert not again.is_new
    assert counts() == before
    assert password() == word


def test_a_run_that_was_cut_short_is_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_short(*_args: object, **_kwargs: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(demo, "do_the_work", cut_short)
        with pytest.raises(KeyboardInterrupt):
            demo.seed(posts=FEW)
    posts, tickets = Post.objects.count(), Ticket.objects.count()
    demo.seed(now=timezone.now() + timedelta(hours=1))
    assert (Post.objects.count(), Ticket.objects.count()) == (posts, tickets)
    assert Ticket.objects.filter(state="resolved").exists()


def test_reset_deletes_the_demo_alone_and_seeds_anew() -> None:
    other = Channel.objects.create(name="Not of the demo", network="x", connector="webhook")
    kept = Post.objects.create(channel=other, external_id="1", posted_at=timezone.now())
    demo.seed(posts=FEW)
    demo.drip()
    last = Ticket.objects.order_by("-pk")[0].pk
    out = StringIO()
    call_command("seed_demo", "--reset", "--posts", FEW, stdout=out)
    assert Post.objects.filter(pk=kept.pk).exists()
    assert Ticket.objects.filter(pk__lte=last).count() == 0
    assert Ticket.objects.count() > 50
    assert Rule.objects.count() == 4
    assert "Deleted" in out.getvalue()


def test_the_sign_ins_are_printed_and_kept_for_the_owner_alone() -> None:
    out = StringIO()
    call_command("seed_demo", "--posts", "20", stdout=out)
    assert signin_file().stat().st_mode & 0o077 == 0
    for _, email, word in sign_ins(everyone=True):
        assert email in out.getvalue()
        assert word in out.getvalue()
    assert person("maya").check_password(password())
    roles = set(Membership.objects.values_list("department__slug", "role"))
    assert roles >= {(None, "admin"), (None, "observer"), ("hr", "lead"), ("pr", "agent")}


def test_the_start_page_names_one_person_of_each_department() -> None:
    demo.set_up_people()
    titles = " ".join(who for who, _, _ in sign_ins())
    for words in ("admin", "customer service", "PR", "marketing", "HR", "observer"):
        assert words in titles


def test_without_a_demo_nothing_drips() -> None:
    assert demo.drip() == Receipt()
    assert not Post.objects.exists()


def test_each_drip_is_one_fresh_post() -> None:
    demo.seed(posts=40)
    before = Post.objects.count()
    receipts = [demo.drip() for _ in range(12)]
    assert [receipt.created for receipt in receipts] == [1] * 12
    assert Post.objects.count() == before + 12


def test_a_channel_that_was_switched_off_stays_quiet() -> None:
    demo.seed(posts=40)
    Channel.objects.update(is_active=False)
    before = Post.objects.count()
    assert [demo.drip() for _ in range(3)] == [Receipt()] * 3
    assert Post.objects.count() == before
    assert Channel.objects.count() == 7


def test_the_trickle_goes_on_after_a_fault_of_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def fail_once() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("the database is starting up")

    monkeypatch.setattr(demo, "drip", fail_once)
    errors = StringIO()
    call_command("trickle_demo", "--count", "2", "--pause", "0", stderr=errors)
    assert len(calls) == 2
    assert "starting up" in errors.getvalue()
