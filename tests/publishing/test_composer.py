"""The composer's page and its buttons, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Department, User
from inbox.models import Channel, Contact, Post, Ticket
from publishing import services
from publishing.models import Macro, Reply
from tests.factories import make_channel, make_contact, make_post, make_ticket
from tests.publishing.speaking import SpeakingTown

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}


def url(name: str, ticket: Ticket) -> str:
    return reverse(f"publishing:{name}", args=[ticket.pk])


@pytest.fixture
def maya(client: Client, agent: User) -> Client:
    client.force_login(agent)
    return client


def page(client: Client, ticket: Ticket, **query: Any) -> str:
    return client.get(url("composer", ticket), query, headers=HTMX).content.decode()


def the_draft(agent: User) -> Reply:
    return Reply.objects.get(author=agent, state=Reply.State.DRAFT)


# -- who and how --


def test_it_says_who_speaks_to_whom_and_who_reads_it(maya: Client, ticket: Ticket) -> None:
    shown = page(maya, ticket)
    assert "Everyone can read this." in shown
    assert f"Only {ticket.contact} can read this." in shown
    assert "Kestrel in town" in shown


def test_a_stranger_of_the_department_reads_why_they_cannot(
    client: Client, pr_officer: User, ticket: Ticket
) -> None:
    client.force_login(pr_officer)
    shown = page(client, ticket)
    assert "Only Customer service acts on this ticket." in shown
    assert "<textarea" not in shown


def test_a_ticket_out_of_sight_is_not_there(
    client: Client, agent: User, square: Channel, departments: dict[str, Department]
) -> None:
    client.force_login(agent)
    hidden = make_ticket(square, departments["hr"])
    assert client.get(url("composer", hidden)).status_code == 404
    assert client.post(url("save_draft", hidden), {"text": "Hi"}).status_code == 404


def test_who_may_not_work_a_ticket_saves_and_sends_nothing(
    client: Client, pr_officer: User, ticket: Ticket
) -> None:
    client.force_login(pr_officer)
    for name in ("save_draft", "send_draft", "attach", "insert_macro", "preview"):
        client.post(url(name, ticket), {"text": "Hi"})
    assert not Reply.objects.exists()


def test_a_channel_that_only_listens_says_so_and_where_to_answer(
    maya: Client, departments: dict[str, Department]
) -> None:
    silent = make_channel("Forum", connector="import", url="https://forum.example/")
    ticket = make_ticket(silent, departments["customer_service"])
    shown = page(maya, ticket)
    assert "only listens" in shown
    assert 'href="https://forum.example/"' in shown


def test_a_private_message_is_never_answered_in_public(
    maya: Client, agent: User, ticket: Ticket
) -> None:
    secret = make_post(ticket, "My card number", is_private=True)
    form = {"text": "Thanks", "way": "public", "in_reply_to": secret.pk}
    maya.post(url("save_draft", ticket), form)
    assert the_draft(agent).is_private
    shown = page(maya, ticket)
    assert "A private message is never answered in public." in shown


def test_the_newest_of_their_posts_is_answered_unless_another_is_chosen(
    maya: Client, ticket: Ticket, burnt: Post
) -> None:
    make_post(ticket, "Anyone?", posted_at=timezone.now() + timedelta(minutes=1))
    make_post(ticket, "We look.", is_own=True, posted_at=timezone.now() + timedelta(minutes=2))
    assert "Anyone?" in maya.get(url("composer", ticket)).content.decode()
    chosen = maya.get(url("composer", ticket), {"post": burnt.pk}).content.decode()
    assert "My bread came burnt." in chosen


# -- drafts --


def test_the_browser_saves_as_one_types(maya: Client, agent: User, ticket: Ticket) -> None:
    form = {"text": "We are so", "version": "0", "way": "public"}
    told = maya.post(url("save_draft", ticket), form, headers=JSON).json()
    assert (told["version"], told["length"], told["limit"]) == (1, 9, 100)
    assert the_draft(agent).text == "We are so"
    assert "We are so" in page(maya, ticket)


def test_another_device_is_shown_and_never_overwritten(
    maya: Client, agent: User, ticket: Ticket, draft: Callable[..., Reply]
) -> None:
    draft("From my phone")
    form = {"text": "From my desk", "version": "0"}
    answer = maya.post(url("save_draft", ticket), form, headers=JSON)
    assert answer.status_code == 409
    assert answer.json()["elsewhere"] == {"text": "From my phone", "version": 1}
    assert the_draft(agent).text == "From my phone"


def test_without_javascript_both_wordings_are_on_the_page(
    maya: Client, agent: User, ticket: Ticket, draft: Callable[..., Reply]
) -> None:
    draft("From my phone")
    answer = maya.post(url("save_draft", ticket), {"text": "From my desk", "version": "0"})
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "From my phone" in shown
    assert "From my desk" in shown
    assert 'name="version" value="1"' in shown


def test_a_discarded_draft_comes_back(
    maya: Client, agent: User, ticket: Ticket, draft: Callable[..., Reply]
) -> None:
    gone = draft("Never mind")
    shown = maya.post(url("discard", ticket), {"text": "Never mind", "version": "1"})
    assert "The draft is discarded." in shown.content.decode()
    assert not Reply.objects.filter(state=Reply.State.DRAFT).exists()
    maya.post(url("restore", ticket), {"reply": gone.pk})
    assert the_draft(agent).text == "Never mind"


def test_what_another_discarded_is_not_there(
    maya: Client, colleague: User, ticket: Ticket, draft: Callable[..., Reply]
) -> None:
    theirs = services.discard_draft(reply=draft("Tom's", author=colleague), by=colleague)
    assert maya.post(url("restore", ticket), {"reply": theirs.pk}).status_code == 404


def test_a_colleague_who_writes_is_named_and_their_words_are_not(
    maya: Client, colleague: User, ticket: Ticket, draft: Callable[..., Reply]
) -> None:
    draft("Secret thoughts", author=colleague)
    shown = page(maya, ticket)
    assert "Tom Brandt is writing a reply, too" in shown
    assert "Secret thoughts" not in shown


def test_hostile_words_stay_words(maya: Client, ticket: Ticket) -> None:
    maya.post(url("save_draft", ticket), {"text": "</textarea><script>x</script>🥐\u202eמה"})
    shown = page(maya, ticket)
    assert "<script>x" not in shown
    assert "&lt;/textarea&gt;&lt;script&gt;x&lt;/script&gt;🥐\u202eמה" in shown


def test_more_than_fits_into_a_reply_is_refused_with_the_words_still_there(
    maya: Client, ticket: Ticket
) -> None:
    answer = maya.post(url("save_draft", ticket), {"text": "a" * 50_001}, headers=HTMX)
    assert answer.status_code == 422
    assert "at most 50000 characters" in answer.content.decode()
    assert "a" * 50_001 in answer.content.decode()


# -- sending --


def test_send_lets_it_leave_after_the_undo_window(
    maya: Client, agent: User, ticket: Ticket
) -> None:
    form = {"text": "Sorry!", "version": "0", "way": "private", "afterwards": "resolved"}
    answer = maya.post(url("send_draft", ticket), form, headers=HTMX)
    assert "crossdesk:replies" in answer.headers["HX-Trigger"]
    reply = Reply.objects.get()
    assert (reply.state, reply.text, reply.is_private) == ("approved", "Sorry!", True)
    assert reply.afterwards == "resolved"
    assert "Sorry!" not in answer.content.decode()


def test_without_javascript_sending_goes_back_to_the_ticket(maya: Client, ticket: Ticket) -> None:
    answer = maya.post(url("send_draft", ticket), {"text": "Sorry!"})
    assert answer.headers["Location"] == ticket.get_absolute_url()


def test_too_long_is_refused_by_how_much(maya: Client, ticket: Ticket) -> None:
    answer = maya.post(url("send_draft", ticket), {"text": "a" * 103}, headers=HTMX)
    assert answer.status_code == 422
    assert "Too long by 3" in answer.content.decode()
    assert Reply.objects.get().state == Reply.State.DRAFT


def test_the_signature_is_counted_shown_and_sent(
    maya: Client, lead: User, ticket: Ticket, departments: dict[str, Department]
) -> None:
    home = departments["customer_service"]
    services.set_signing(department=home, style="initials", by=lead)
    told = maya.post(url("save_draft", ticket), {"text": "a" * 98}, headers=JSON).json()
    assert (told["length"], told["over"]) == (102, 2)
    assert "^MA" in maya.post(url("preview", ticket), {"text": "Hi"}, headers=HTMX).content.decode()
    maya.post(url("send_draft", ticket), {"text": "Hi"})
    assert Reply.objects.get().text == "Hi ^MA"


def test_what_a_macro_could_not_fill_in_is_asked_for(maya: Client, ticket: Ticket) -> None:
    answer = maya.post(url("send_draft", ticket), {"text": "Hi {{ contact.first_name }}!"})
    assert "Fill in first: their first name" in answer.content.decode()
    assert Reply.objects.get().state == Reply.State.DRAFT


def test_what_changed_meanwhile_is_shown_and_can_be_sent_in_spite_of(
    maya: Client, ticket: Ticket, draft: Callable[..., Reply]
) -> None:
    draft("Sorry!")
    newer = make_post(ticket, "Never mind, found it.")
    form = {"text": "Sorry!", "version": "1"}
    shown = maya.post(url("send_draft", ticket), form, headers=HTMX).content.decode()
    assert "Never mind, found it." in shown
    assert f'name="acknowledge" value="post:{newer.pk}"' in shown
    form |= {"version": "2", "acknowledge": f"post:{newer.pk}"}
    maya.post(url("send_draft", ticket), form)
    assert Reply.objects.get().state == Reply.State.APPROVED


# -- macros --


def test_a_macro_joins_what_is_written(maya: Client, agent: User, ticket: Ticket) -> None:
    macro = Macro.objects.create(name="Hi", text="Yours, {{ agent.first_name }}")
    maya.post(url("insert_macro", ticket), {"text": "We look.", "macro": macro.pk})
    assert the_draft(agent).text == "We look.\n\nYours, Maya"
    assert Macro.objects.get().uses == 1


def test_the_browser_gets_the_words_alone(maya: Client, agent: User, ticket: Ticket) -> None:
    macro = Macro.objects.create(name="Hi", text="Hi {{ contact.handle }}")
    Contact.objects.update(handle="")
    told = maya.post(
        url("insert_macro", ticket), {"text": "x", "macro": macro.pk}, headers=JSON
    ).json()
    assert told == {
        "text": "Hi {{ contact.handle }}",
        "missing": ["their handle, with @"],
        "version": 1,
    }
    assert the_draft(agent).text == "x"


def test_a_macro_of_another_department_is_not_there(
    maya: Client, ticket: Ticket, departments: dict[str, Department]
) -> None:
    macro = Macro.objects.create(name="Sick leave", text="Hi", department=departments["hr"])
    answer = maya.post(url("insert_macro", ticket), {"text": "", "macro": macro.pk})
    assert answer.status_code == 404


def test_the_handles_of_the_thread_are_offered(
    maya: Client, ticket: Ticket, town: SpeakingTown
) -> None:
    make_post(ticket, "Me too", contact=make_contact("Pia", handle="@pia"))
    assert '"handle": "pia"' in page(maya, ticket)
