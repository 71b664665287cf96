"""Replies by API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Department, User
from inbox.models import Post, Ticket
from publishing.models import Reply
from tests.publishing.conftest import Draft
from tests.publishing.leaving import work_all
from tests.publishing.speaking import SpeakingTown

pytestmark = pytest.mark.django_db
AsUser = Callable[[User], Client]


def post(client: Client, address: str, **body: Any) -> Any:
    return client.post(f"/api/replies{address}", body, content_type="application/json")


def test_from_draft_to_the_network(
    ticket: Ticket, agent: User, as_user: AsUser, town: SpeakingTown
) -> None:
    client = as_user(agent)
    made = post(client, "", ticket=ticket.pk, text="We are sorry.", version=0).json()
    assert (made["state"], made["version"]) == ("draft", 1)
    sent = post(client, f"/{made['id']}/send", version=1, afterwards="resolved").json()
    assert sent["state"] == "approved"
    work_all()
    found = client.get(f"/api/replies/{made['id']}").json()
    assert (found["state"], found["external_id"]) == ("sent", "own-1")
    ticket.refresh_from_db()
    assert ticket.state == "resolved"


def test_a_stopped_reply_tells_what_changed_and_takes_its_keys(
    draft: Draft, agent: User, as_user: AsUser, answered_again: Callable[..., Post]
) -> None:
    reply, client = draft(), as_user(agent)
    answered_again("Hello?")
    stopped = post(client, f"/{reply.pk}/send")
    assert stopped.status_code == 409
    (change,) = stopped.json()["changes"]
    assert (change["kind"], change["text"]) == ("written", "Hello?")
    assert post(client, f"/{reply.pk}/send", acknowledge=[change["key"]]).status_code == 200


def test_undo_and_discard(leaving: Reply, agent: User, as_user: AsUser) -> None:
    client = as_user(agent)
    assert post(client, f"/{leaving.pk}/undo").json()["state"] == "draft"
    assert post(client, f"/{leaving.pk}/discard").json()["state"] == "cancelled"
    assert post(client, f"/{leaving.pk}/undo").status_code == 422


def test_an_old_version_is_a_conflict(
    draft: Draft, agent: User, as_user: AsUser, ticket: Ticket
) -> None:
    draft("One.")
    draft("Two.")
    answer = post(as_user(agent), "", ticket=ticket.pk, text="Old.", version=1)
    assert answer.status_code == 409


def test_lists_hold_what_may_be_seen(
    leaving: Reply, draft: Draft, colleague: User, outsider: User, as_user: AsUser
) -> None:
    draft("Half a thought")
    seen = as_user(colleague).get(f"/api/replies?ticket={leaving.ticket_id}").json()
    assert [row["id"] for row in seen["results"]] == [leaving.pk]
    assert as_user(outsider).get("/api/replies").json()["results"] == []


@pytest.mark.parametrize("what", ["undo", "retry", "delete", "discard"])
def test_who_only_sees_it_changes_nothing(
    leaving: Reply, observer: User, as_user: AsUser, what: str
) -> None:
    assert post(as_user(observer), f"/{leaving.pk}/{what}").status_code == 403


def test_the_approver_decides(
    ticket: Ticket, departments: dict[str, Department], draft: Draft, agent: User,
    pr_officer: User, as_user: AsUser,
) -> None:  # fmt: skip
    Ticket.objects.filter(pk=ticket.pk).update(approval_by=departments["pr"])
    reply = draft()
    assert post(as_user(agent), f"/{reply.pk}/send").json()["state"] == "in_review"
    assert post(as_user(agent), f"/{reply.pk}/approve", version=1).status_code == 403
    done = post(as_user(pr_officer), f"/{reply.pk}/approve", version=reply.version).json()
    assert (done["state"], done["reviewed_by"]["name"]) == ("approved", "Lee Novak")
