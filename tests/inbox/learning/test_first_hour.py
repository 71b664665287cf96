"""The first hour: one's own posts, the most telling first, answered with single keys."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Department, User
from inbox.models import Channel, Post, Ticket
from inbox.queries.first_hour import candidates, post_to_ask, posts_answered, weaknesses
from routing.models import Decision, FirstHour, Lesson, RouterModel, Training
from routing.services import first_hour
from tests.factories import make_post, make_ticket
from tests.routing.conftest import starter_rows

ADDRESS = "/settings/lessons/first-hour/"
Departments = dict[str, Department]


@pytest.fixture
def posts(channel: Channel, departments: Departments, model: RouterModel) -> list[Ticket]:
    """Forty routed posts of the starter corpus, none of HR's, and one of HR's."""
    rows = [row for row in starter_rows("short") if row["department"] != "hr"][::10][:40]
    home = departments["customer_service"]
    tickets = [_routed(channel, home, row["text"]) for row in rows]
    _routed(channel, departments["hr"], "My boss shouts at me in front of everybody")
    return tickets


def _routed(channel: Channel, department: Department, text: str) -> Ticket:
    decision = Decision.objects.create(
        department=department, method="classifier", facts={"text": text, "language": "en"}
    )
    return make_ticket(channel, department, text, decision=decision)


def begin(client: Client, admin: User) -> FirstHour:
    client.force_login(admin)
    client.post(f"{ADDRESS}begin/")
    client.get(ADDRESS)
    return FirstHour.objects.get(by=admin, finished_at=None)


def say(client: Client, answer: str) -> int:
    ticket = client.get(ADDRESS).context["ticket"]
    client.post(f"{ADDRESS}answer/", {"ticket": ticket.pk, "answer": answer})
    return int(ticket.pk)


def test_a_post_one_may_not_see_is_never_asked_about(
    client: Client, admin: User, posts: list[Ticket], departments: Departments
) -> None:
    assert {c.key for c in candidates(admin)} == {ticket.pk for ticket in posts}
    hour = begin(client, admin)
    hidden = hour.queue[0]
    Ticket.objects.filter(pk=hidden).update(department=departments["hr"])
    assert client.get(ADDRESS).context["ticket"].pk == hour.queue[1]
    client.post(f"{ADDRESS}answer/", {"ticket": hidden, "answer": "pr"})
    assert not Lesson.objects.exists()


def answering(ticket: Ticket, above: Post | None) -> Ticket:
    """`ticket`, whose opening post now answers the post `above`."""
    assert ticket.opening_post
    ticket.opening_post.parent = above
    ticket.opening_post.save()
    return ticket


def test_a_short_comment_is_shown_with_the_posts_it_answers(
    client: Client, admin: User, channel: Channel, departments: Departments, model: RouterModel
) -> None:
    post = make_post(None, "We cut 40 jobs.", channel=channel, is_own=True)
    comment = make_post(None, "It was hard.", channel=channel, is_own=True, parent=post)
    answering(_routed(channel, departments["pr"], "same here"), comment)
    begin(client, admin)
    page = client.get(ADDRESS)
    assert page.context["answered"] == [post, comment]
    told = page.content.decode()
    assert told.index("We cut 40 jobs.") < told.index("It was hard.") < told.index("same here")


def test_a_post_of_a_ticket_one_may_not_see_is_not_shown_above(
    client: Client, admin: User, channel: Channel, departments: Departments, model: RouterModel
) -> None:
    secret = make_ticket(channel, departments["hr"], "My boss shouts.")
    answering(_routed(channel, departments["pr"], "same here"), secret.opening_post)
    begin(client, admin)
    page = client.get(ADDRESS)
    assert page.context["ticket"].decision.facts["text"] == "same here"
    assert "My boss shouts." not in page.content.decode()


def test_what_a_post_answers_costs_no_query_of_its_own(
    admin: User, channel: Channel, departments: Departments
) -> None:
    above = None
    for text in ("One", "Two", "Three"):
        above = make_post(None, text, channel=channel, is_own=True, parent=above)
    ticket = answering(make_ticket(channel, departments["pr"], "🙂"), above)
    Ticket.objects.visible_to(admin).exists()  # What the person may see is read once.
    with CaptureQueriesContext(connection) as made:
        asked = post_to_ask(admin, ticket.pk)
        assert asked
        assert [post.text for post in posts_answered(asked)] == ["One", "Two", "Three"]
    assert len(made) == 1


def test_an_answer_is_a_lesson_and_moves_no_ticket(
    client: Client, admin: User, posts: list[Ticket], departments: Departments
) -> None:
    begin(client, admin)
    key = say(client, "marketing")
    lesson = Lesson.objects.get()
    assert (lesson.source, lesson.label, lesson.by) == ("first_hour", "marketing", admin)
    ticket = Ticket.objects.get(pk=key)
    assert (ticket.department, lesson.decision) == (
        departments["customer_service"],
        ticket.decision,
    )
    hour = FirstHour.objects.get()
    assert key not in hour.queue
    assert [point["n"] for point in hour.curve] == [0, 1]
    assert all(0 < point["accuracy"] <= 1 for point in hour.curve)


def test_spam_skip_and_taking_back(client: Client, admin: User, posts: list[Ticket]) -> None:
    begin(client, admin)
    skipped = say(client, "skip")
    assert not Lesson.objects.exists()
    spam = say(client, "spam")
    assert Lesson.objects.get().is_spam
    client.post(f"{ADDRESS}answer/", {"answer": "undo"})
    assert not Lesson.objects.standing().exists()
    hour = FirstHour.objects.get()
    assert (hour.queue[0], hour.answers, hour.asked) == (spam, [], [skipped])


def test_the_same_answer_sent_twice_counts_once(
    client: Client, admin: User, posts: list[Ticket]
) -> None:
    begin(client, admin)
    ticket = client.get(ADDRESS).context["ticket"]
    for _ in range(2):
        client.post(f"{ADDRESS}answer/", {"ticket": ticket.pk, "answer": "pr"})
    client.post(f"{ADDRESS}answer/", {"ticket": "x", "answer": "pr"})
    client.post(f"{ADDRESS}answer/", {"ticket": ticket.pk, "answer": "nowhere"})
    assert Lesson.objects.count() == 1


def test_the_router_learns_after_twenty_five_answers(
    client: Client, admin: User, posts: list[Ticket]
) -> None:
    begin(client, admin)
    for _ in range(24):
        say(client, "pr")
    assert not Training.objects.exists()
    say(client, "pr")
    assert Training.objects.get().asked_by == admin
    assert "learning from your answers" in client.get(ADDRESS).content.decode()
    assert len(FirstHour.objects.get().queue) == 15


def test_it_ends_when_told_and_can_begin_again(
    client: Client, admin: User, posts: list[Ticket]
) -> None:
    begin(client, admin)
    say(client, "pr")
    client.post(f"{ADDRESS}answer/", {"answer": "finish"})
    assert "Begin again" in client.get(ADDRESS).content.decode()
    assert Training.objects.exists()
    answered = Lesson.objects.get().decision_id
    begin(client, admin)
    asked = FirstHour.objects.get(finished_at=None).queue
    assert not Ticket.objects.filter(pk__in=asked, decision=answered).exists()


def test_ending_it_without_an_answer_promises_nothing(
    client: Client, admin: User, posts: list[Ticket]
) -> None:
    begin(client, admin)
    assert "Finish, and learn" not in client.get(ADDRESS).content.decode()
    client.post(f"{ADDRESS}answer/", {"answer": "finish"})
    page = client.get(ADDRESS).content.decode()
    assert "Begin again" in page
    assert "the router learns from" not in page
    assert not Training.objects.exists()


def test_without_a_post_it_says_what_to_do(client: Client, admin: User, model: RouterModel) -> None:
    begin(client, admin)
    assert "No more posts to ask about" in client.get(ADDRESS).content.decode()


def test_the_unsure_and_unlike_come_first(admin: User, model: RouterModel) -> None:
    same = "My parcel never arrived and I want a refund, where is it?"
    unsure = "Great."
    texts = [same] * 10 + [unsure, "The CEO lied to investors, a scandal."]
    hour = first_hour.plan(
        hour=first_hour.begin(by=admin),
        candidates=[first_hour.Candidate(at, text) for at, text in enumerate(texts)],
    )
    assert hour.queue[0] == 10
    assert 11 in hour.queue[:3]
    assert sum(share for share, _confidence in hour.pool) == pytest.approx(1)


def test_the_estimate_joins_answers_with_confidence(admin: User) -> None:
    hour = FirstHour(by=admin, model_version="m", pool=[[0, 0]] * 5 + [[1.0, 0.55]] + [[0, 0]] * 4)
    assert first_hour.estimate(hour) == pytest.approx(0.55)
    wrong = {"label": "pr", "guess": "hr", "confidence": 0.55, "model": "m"}
    hour.answers = [wrong] * 4
    assert first_hour.estimate(hour) == pytest.approx(0.55 / 2)
    hour.answers = [{**wrong, "model": "an earlier one"}] * 4
    assert first_hour.estimate(hour) == pytest.approx(0.55)


def test_weak_departments_are_named(admin: User, departments: Departments) -> None:
    hour = FirstHour(by=admin)
    hour.answers = [{"label": "pr", "guess": "marketing"}] * 6 + [
        {"label": "hr", "guess": "hr"}
    ] * 6
    told = weaknesses(hour, [departments["pr"], departments["hr"], departments["marketing"]])
    assert told[0].startswith("PR: right on 0 of 6")
    assert "Marketing" in told[0]
    assert told[1] == "Marketing: only 0 answers, too few to tell."
    assert len(told) == 2
