"""What people are told, on the bell and its pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Department, User
from inbox.models import Notice, Ticket
from inbox.queries.notices import notice_page, unread_of
from inbox.services import notes, notices, tickets
from tests.inbox.consults.conftest import Ask

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def text(client: Client, url: str, **more: object) -> str:
    return client.get(url, **more).content.decode()  # type: ignore[arg-type]


def test_a_mention_is_a_notice(ticket: Ticket, agent: User, colleague: User) -> None:
    notes.add_note(ticket=ticket, text="@maya and @tom, look", by=colleague)
    assert Notice.objects.get().user == agent


def test_the_bell_counts_what_is_unread(
    as_user: SignIn, ticket: Ticket, agent: User, colleague: User
) -> None:
    notes.add_note(ticket=ticket, text="@maya look", by=colleague)
    page = text(as_user(agent), "/settings/tokens/")
    assert 'data-count="notices" data-value="1">1</b>' in page
    assert as_user(agent).get("/notices/unread/").json() == {"notices": 1}
    assert as_user(agent).get("/live/rows/?q=all").json()["counts"]["notices"] == 1


def test_the_page_says_what_happened_and_leads_there(
    as_user: SignIn, ticket: Ticket, agent: User, colleague: User
) -> None:
    note = notes.add_note(ticket=ticket, text="@maya <b>look</b>", by=colleague)
    page = text(as_user(agent), "/notices/")
    assert f"Tom Brandt mentioned you on {ticket.contact}" in page
    assert "&lt;b&gt;look&lt;/b&gt;" in page
    assert f"/t/{ticket.pk}/#note-{note.pk}" in page
    assert "mentioned you" in text(
        as_user(agent), "/notices/newest/", headers={"HX-Request": "true"}
    )


def test_what_went_out_of_sight_shows_nothing(
    as_user: SignIn,
    ticket: Ticket,
    agent: User,
    colleague: User,
    departments: dict[str, Department],
) -> None:
    notes.add_note(ticket=ticket, text="@maya whispers", by=colleague)
    tickets.hand_over(ticket=ticket, to=departments["hr"], by=colleague, reason="Job")
    page = text(as_user(agent), "/notices/")
    assert "no longer see" in page
    for secret in ("whispers", "Tom", str(ticket.contact), f"#{ticket.pk}", ticket.excerpt):
        assert secret not in page


def test_opening_the_ticket_reads_what_was_told_of_it(
    as_user: SignIn, ticket: Ticket, agent: User, colleague: User
) -> None:
    notes.add_note(ticket=ticket, text="@maya look", by=colleague)
    page = text(as_user(agent), f"/t/{ticket.pk}/")
    assert 'data-count="notices" data-value="0"' in page
    assert unread_of(User.objects.get(pk=agent.pk)) == 0


def test_one_and_all_are_marked_as_read(
    as_user: SignIn, ticket: Ticket, agent: User, colleague: User
) -> None:
    for number in range(3):
        notes.add_note(ticket=ticket, text=f"@maya {number}", by=colleague)
    first, second, _third = Notice.objects.order_by("pk")
    client = as_user(agent)
    client.post("/notices/read/", {"notice": first.pk})
    assert Notice.objects.filter(read_at=None).count() == 2
    # What comes while the list is on screen stays unread.
    client.post("/notices/read/", {"until": second.pk})
    assert Notice.objects.filter(read_at=None).count() == 1


@pytest.mark.parametrize("body", [{"notice": "x"}, {"until": "9" * 40}, {}])
def test_nonsense_reads_nothing(as_user: SignIn, agent: User, body: dict[str, str]) -> None:
    assert as_user(agent).post("/notices/read/", body).status_code == 404


def test_another_persons_notice_is_not_mine_to_read(
    as_user: SignIn, ticket: Ticket, agent: User, colleague: User
) -> None:
    notes.add_note(ticket=ticket, text="@maya look", by=colleague)
    notice = Notice.objects.get()
    assert as_user(colleague).post("/notices/read/", {"notice": notice.pk}).status_code == 404
    assert "mentioned" not in text(as_user(colleague), "/notices/")


def test_older_ones_come_by_cursor(
    ticket: Ticket, agent: User, colleague: User, django_assert_max_num_queries: object
) -> None:
    for number in range(7):
        notes.add_note(ticket=ticket, text=f"@maya {number}", by=colleague)
    found: list[str] = []
    after = ""
    for _ in range(3):
        reader = User.objects.get(pk=agent.pk)
        with django_assert_max_num_queries(4):  # type: ignore[operator]
            page = notice_page(reader, after=after, size=3)
        found += [told.note.text for told in page.rows if told.note]
        after = page.next
    assert found == [f"@maya {n}" for n in range(6, -1, -1)]


def test_old_ones_are_forgotten(ticket: Ticket, agent: User, colleague: User) -> None:
    notes.add_note(ticket=ticket, text="@maya look", by=colleague)
    assert notices.forget_old() == 0
    Notice.objects.update(created_at=timezone.now() - timedelta(days=91))
    assert notices.forget_old() == 1


def test_asking_and_answering_on_the_page(
    as_user: SignIn, ticket: Ticket, agent: User, pr_officer: User, ask: Ask
) -> None:
    asked = {"department": "pr", "question": "May we <i>say</i> so?"}
    as_user(agent).post(f"/t/{ticket.pk}/ask/", asked)
    consult = ticket.consults.get()
    page = text(as_user(pr_officer), f"/t/{ticket.pk}/")
    assert "May we &lt;i&gt;say&lt;/i&gt; so?" in page
    answer = {"consult": consult.pk, "answer": "Yes."}
    as_user(pr_officer).post(f"/t/{ticket.pk}/answer/", answer)
    consult.refresh_from_db()
    assert consult.answer == "Yes."
    assert "Yes." in text(as_user(agent), f"/t/{ticket.pk}/")


def test_answering_about_a_confidential_ticket_leads_back_to_the_list(
    as_user: SignIn, hr_ticket: Ticket, hr_partner: User, pr_officer: User, ask: Ask
) -> None:
    consult = ask(hr_ticket, hr_partner)
    client = as_user(pr_officer)
    assert hr_ticket.excerpt in text(client, "/q/consults/")
    body = {"consult": consult.pk, "answer": "No."}
    answer = client.post(f"/t/{hr_ticket.pk}/answer/?q=consults", body, follow=True)
    assert answer.status_code == 200
    assert f"Answered #{hr_ticket.pk} for PR." in answer.content.decode()
    assert client.get(f"/t/{hr_ticket.pk}/").status_code == 404


def test_a_consult_of_another_ticket_is_not_answered_by_this_address(
    as_user: SignIn, ticket: Ticket, hr_ticket: Ticket, hr_partner: User, agent: User, ask: Ask
) -> None:
    consult = ask(hr_ticket, hr_partner, "customer_service")
    body = {"consult": consult.pk, "answer": "x"}
    assert as_user(agent).post(f"/t/{ticket.pk}/answer/", body).status_code == 422
