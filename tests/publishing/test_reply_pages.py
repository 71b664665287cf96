"""The replies of a ticket on its page, and those that wait for a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Department, User
from inbox.connectors import errors
from inbox.models import Post, Ticket
from publishing.models import Reply
from publishing.services import send_reply
from tests.publishing.conftest import Draft
from tests.publishing.leaving import work_all
from tests.publishing.speaking import SpeakingTown

pytestmark = pytest.mark.django_db
AsUser = Callable[[User], Client]
HTMX: dict[str, Any] = {"headers": {"HX-Request": "true"}}


def page(client: Client, ticket: Ticket, **more: Any) -> str:
    return client.get(reverse("publishing:replies", args=[ticket.pk]), **more).content.decode()


def press(client: Client, name: str, reply: Reply, **data: Any) -> Any:
    return client.post(reverse(f"publishing:{name}", args=[reply.pk]), data, follow=True)


def test_a_leaving_reply_counts_down_and_can_be_undone(
    leaving: Reply, ticket: Ticket, agent: User, as_user: AsUser
) -> None:
    client = as_user(agent)
    shown = page(client, ticket)
    assert "We are sorry." in shown
    assert "Leaves in" in shown
    assert reverse("publishing:undo", args=[leaving.pk]) in shown
    press(client, "undo", leaving)
    leaving.refresh_from_db()
    assert leaving.state == Reply.State.DRAFT


def test_a_fragment_watches_what_moves(
    leaving: Reply, ticket: Ticket, agent: User, as_user: AsUser
) -> None:
    client = as_user(agent)
    watched = f'hx-get="{reverse("publishing:reply", args=[leaving.pk])}"'
    assert watched in page(client, ticket, **HTMX)
    work_all()
    assert watched not in page(client, ticket, **HTMX)


def test_what_stopped_it_is_shown_with_its_words(
    leaving: Reply, ticket: Ticket, agent: User, as_user: AsUser,
    answered_again: Callable[..., Post], town: SpeakingTown,
) -> None:  # fmt: skip
    post = answered_again("It was <b>my oven</b>.")
    work_all()
    client = as_user(agent)
    shown = page(client, ticket)
    assert "wrote again" in shown
    assert "It was &lt;b&gt;my oven&lt;/b&gt;." in shown
    leaving.refresh_from_db()
    press(client, "send_anyway", leaving, version=leaving.version, acknowledge=f"post:{post.pk}")
    work_all()
    assert len(town.said) == 1


def test_a_failure_says_what_to_do(
    leaving: Reply, ticket: Ticket, agent: User, admin: User, as_user: AsUser, town: SpeakingTown
) -> None:
    town.publish_faults = [errors.Expired("no longer takes the credentials")]
    work_all()
    shown = page(as_user(agent), ticket)
    assert "Ada Okafor can connect Kestrel in town again" in shown
    assert reverse("publishing:retry", args=[leaving.pk]) in shown
    assert reverse("inbox:channel", args=[leaving.channel_id]) in shown


def test_too_late_is_told(leaving: Reply, agent: User, as_user: AsUser) -> None:
    work_all()
    response = press(as_user(agent), "undo", leaving)
    assert response.status_code == 422
    assert "Too late" in response.content.decode()


@pytest.mark.parametrize("name", ["undo", "retry", "approve", "reject", "decide", "delete", "edit"])
def test_who_does_not_see_the_ticket_gets_404(
    leaving: Reply, outsider: User, as_user: AsUser, name: str
) -> None:
    assert press(as_user(outsider), name, leaving).status_code == 404


def test_who_only_sees_it_gets_no_buttons_and_no_way(
    leaving: Reply, ticket: Ticket, observer: User, as_user: AsUser
) -> None:
    client = as_user(observer)
    assert "undo-reply" not in page(client, ticket)
    assert press(client, "undo", leaving).status_code == 422
    leaving.refresh_from_db()
    assert leaving.state == Reply.State.APPROVED


def test_a_draft_is_its_authors_alone(
    draft: Draft, ticket: Ticket, colleague: User, as_user: AsUser
) -> None:
    reply = draft("Unfinished thoughts")
    assert "Unfinished" not in page(as_user(colleague), ticket)
    assert press(as_user(colleague), "send_anyway", reply).status_code == 404


def test_the_approver_finds_it_on_the_list_and_approves(
    ticket: Ticket, departments: dict[str, Department], draft: Draft, agent: User,
    pr_officer: User, as_user: AsUser,
) -> None:  # fmt: skip
    Ticket.objects.filter(pk=ticket.pk).update(approval_by=departments["pr"])
    reply = send_reply(reply=draft(), by=agent)
    mine = as_user(agent).get(reverse("publishing:attention")).content.decode()
    assert "We are sorry." not in mine
    client = as_user(pr_officer)
    assert "We are sorry." in client.get(reverse("publishing:attention")).content.decode()
    assert reverse("publishing:approve", args=[reply.pk]) in page(client, ticket)
    press(client, "approve", reply, version=reply.version)
    reply.refresh_from_db()
    assert reply.state == Reply.State.APPROVED


def test_what_failed_is_on_the_list_of_its_department_alone(
    leaving: Reply, colleague: User, hr_partner: User, as_user: AsUser, town: SpeakingTown,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    town.publish_faults = [errors.Blocked("says no")]
    work_all()
    url = reverse("publishing:attention")
    assert "They blocked the page" not in as_user(hr_partner).get(url).content.decode()
    client = as_user(colleague)
    with django_assert_max_num_queries(12):
        assert "They blocked the page" in client.get(url).content.decode()


def test_the_number_beside_the_queues_is_that_of_the_list(
    leaving: Reply, colleague: User, hr_partner: User, as_user: AsUser, town: SpeakingTown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def number(user: User) -> str:
        return as_user(user).get(reverse("publishing:attention_count")).content.decode()

    assert number(colleague) == ""
    town.publish_faults = [errors.Blocked("says no")]
    work_all()
    assert (number(colleague), number(hr_partner)) == ("1", "")
    monkeypatch.setattr("publishing.views.replies.MANY", 1)
    assert number(colleague) == "0+"


def test_a_page_left_open_after_the_session_shows_no_sign_in_in_place_of_the_number(
    client: Client,
) -> None:
    answer = client.get(reverse("publishing:attention_count"))
    assert (answer.status_code, answer.content) == (401, b"")


def test_a_sent_reply_can_be_changed_where_the_network_allows_it(
    leaving: Reply, ticket: Ticket, agent: User, as_user: AsUser, town: SpeakingTown
) -> None:
    work_all()
    client = as_user(agent)
    assert reverse("publishing:edit", args=[leaving.pk]) in page(client, ticket)
    press(client, "edit", leaving, text="We are very sorry.", version=leaving.version)
    assert "being changed" in page(client, ticket)
    work_all()
    assert town.said["own-1"].text == "We are very sorry."
