"""Approvals: by another, of exactly this text, for exactly this thread."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import Department, User
from inbox.models import Post, Ticket
from inbox.services.conflicts import NotAllowed, Refused
from publishing.models import Reply
from publishing.services import (
    Stopped,
    approve_reply,
    reject_reply,
    retry_reply,
    save_draft,
    send_reply,
    undo_reply,
)
from tests.publishing.conftest import Draft
from tests.publishing.leaving import work_all
from tests.publishing.speaking import SpeakingTown

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(ticket: Ticket, departments: dict[str, Department], draft: Draft, agent: User) -> Reply:
    """A reply that PR has to approve."""
    Ticket.objects.filter(pk=ticket.pk).update(approval_by=departments["pr"])
    ticket.refresh_from_db()
    return send_reply(reply=draft(), by=agent)


def test_it_does_not_leave_unapproved(waiting: Reply, town: SpeakingTown) -> None:
    assert waiting.state == Reply.State.IN_REVIEW
    assert work_all() == 0
    assert town.said == {}


def test_the_approver_lets_it_leave(waiting: Reply, pr_officer: User, town: SpeakingTown) -> None:
    approve_reply(reply=waiting, by=pr_officer, version=waiting.version)
    assert (waiting.state, waiting.reviewed_by) == ("approved", pr_officer)
    work_all()
    assert len(town.said) == 1


def test_nobody_approves_their_own(
    ticket: Ticket, departments: dict[str, Department], draft: Draft, admin: User
) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(approval_by=departments["pr"])
    mine = send_reply(reply=draft(author=admin), by=admin)
    with pytest.raises(NotAllowed, match="their own"):
        approve_reply(reply=mine, by=admin)


def test_only_the_named_department_approves(
    waiting: Reply, colleague: User, lead: User, outsider: User
) -> None:
    for stranger in (colleague, lead, outsider):
        with pytest.raises(NotAllowed):
            approve_reply(reply=waiting, by=stranger)


def test_where_its_leads_decide_an_agent_does_not(
    waiting: Reply, ticket: Ticket, pr_officer: User, admin: User
) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(approval_by_leads=True)
    with pytest.raises(NotAllowed):
        approve_reply(reply=waiting, by=pr_officer)
    approve_reply(reply=waiting, by=admin)


def test_another_wording_than_was_read_is_not_approved(waiting: Reply, pr_officer: User) -> None:
    with pytest.raises(Refused, match="differently"):
        approve_reply(reply=waiting, by=pr_officer, version=waiting.version - 1)


def test_an_approval_is_void_when_the_thread_changed(
    waiting: Reply, pr_officer: User, answered_again: Callable[..., Post]
) -> None:
    answered_again("It was my oven.")
    approve_reply(reply=waiting, by=pr_officer)
    assert (waiting.state, waiting.error_code, waiting.reviewed_by) == ("draft", "conflict", None)


def test_an_approval_is_void_when_the_text_changed(
    waiting: Reply, ticket: Ticket, agent: User, pr_officer: User, town: SpeakingTown
) -> None:
    approve_reply(reply=waiting, by=pr_officer)
    undo_reply(reply=waiting, by=agent)
    save_draft(ticket=ticket, author=agent, text="Something else entirely.")
    waiting.refresh_from_db()
    assert send_reply(reply=waiting, by=agent).state == Reply.State.IN_REVIEW
    assert (waiting.reviewed_by, waiting.reviewed_at) == (None, None)


def test_a_mark_set_in_the_undo_window_stops_it(
    leaving: Reply, ticket: Ticket, departments: dict[str, Department], town: SpeakingTown
) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(approval_by=departments["pr"])
    work_all()
    leaving.refresh_from_db()
    assert (leaving.state, leaving.error_code, town.said) == ("draft", "void", {})


def test_a_rejected_reply_comes_back_with_the_reason(
    waiting: Reply, pr_officer: User, agent: User
) -> None:
    reject_reply(reply=waiting, by=pr_officer, reason="Too friendly.")
    assert (waiting.state, waiting.error) == ("rejected", "Too friendly.")
    undo_reply(reply=waiting, by=agent)
    assert waiting.state == Reply.State.DRAFT


def test_a_rejection_needs_a_reason(waiting: Reply, pr_officer: User) -> None:
    with pytest.raises(Refused):
        reject_reply(reply=waiting, by=pr_officer, reason=" ")


def test_what_failed_is_sent_again_on_request(
    leaving: Reply, agent: User, town: SpeakingTown
) -> None:
    town.publish_faults = [RuntimeError()]
    Reply.objects.filter(pk=leaving.pk).update(state="failed", next_attempt_at=None)
    town.publish_faults = []
    retry_reply(reply=leaving, by=agent)
    work_all()
    leaving.refresh_from_db()
    assert leaving.state == Reply.State.SENT


def test_what_changed_meanwhile_stops_a_retry(
    leaving: Reply, agent: User, answered_again: Callable[..., Post]
) -> None:
    Reply.objects.filter(pk=leaving.pk).update(state="failed", next_attempt_at=None)
    answered_again("Never mind.")
    with pytest.raises(Stopped):
        retry_reply(reply=leaving, by=agent)
