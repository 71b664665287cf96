"""The pages of rehearsals: asked for where a change is made, shown to whom may see it, saved."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import Department, User
from inbox.models import Channel, Ticket
from inbox.queries.rehearsals import Why, examples_of, flows_of, places_for, title_of
from routing import queries, services
from routing.facts import Facts
from routing.models import Decision, Rehearsal, RouterSettings, Rule, RuleProposal
from tests.routing.trees import word

pytestmark = pytest.mark.django_db

SECRET = "my pay slip is wrong and nobody in the office answers"
OPEN = "my pay at the till was taken twice"
State = Rehearsal.State
Tickets = dict[str, Ticket]


@pytest.fixture(autouse=True)
def _no_model(settings: Settings, tmp_path: Path) -> None:
    settings.MODEL_DIR = tmp_path
    settings.ROUTING_ENCODER = "none"
    queries._current = None


@pytest.fixture
def tickets(departments: dict[str, Department], channel: Channel) -> Tickets:
    """A ticket in HR and one in customer service, sorted by a rule each."""
    for slug, entry in (("hr", "slip"), ("customer_service", "till")):
        services.create_rule(
            by=None, name=slug, conditions=word(entry), department=departments[slug]
        )
    found = {}
    for slug, text in (("hr", SECRET), ("customer_service", OPEN)):
        decision = services.decide(Facts(text=text, posted_at=timezone.now()))
        found[slug] = Ticket.objects.create(
            channel=channel, department=decision.department, decision=decision, excerpt=text
        )
    return found


PAY = {
    "kind": "change",
    "definition": {"conditions": word("pay"), "place": "department", "department": "pr"},
}


def rehearsed(by: User, **change: object) -> Rehearsal:
    """A finished rehearsal of sending all pay to PR, or of another change."""
    wanted = change or {**PAY, "rule": Rule.objects.all()[0].pk}
    return services.run_rehearsal(rehearsal=services.request_rehearsal(by=by, change=wanted))


def page(client: Client, user: User, rehearsal: Rehearsal, query: str = "") -> str:
    client.force_login(user)
    answer = client.get(f"/settings/rehearsals/{rehearsal.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_admin_sees_counts_but_no_words_of_hr(
    client: Client, admin: User, tickets: Tickets
) -> None:
    made = rehearsed(admin)
    assert sorted(made.result["flows"]) == [["customer_service", "pr", 1], ["hr", "pr", 1]]
    first = page(client, admin, made)
    assert "Of 2 posts, 2 would go somewhere else." in first
    assert OPEN in first
    assert SECRET not in first
    hidden = page(client, admin, made, "?from=hr&to=pr")
    assert "1 post in departments you cannot read." in hidden
    assert SECRET not in hidden


@pytest.mark.parametrize(("guess", "said"), [("Marketing", "79 % sure of Marketing"), ("", "79 %")])
def test_what_would_wait_in_triage_says_that_the_classifier_knew_too_little(
    guess: str, said: str
) -> None:
    why = Why(rule="", percent=79, guess=guess, is_unsure=True, words=())
    told = render_to_string("settings/rehearsals/_why.html", {"why": why})
    assert f"too little: {said}" in told


def test_a_member_of_hr_sees_them(
    client: Client, tickets: Tickets, admin: User, departments: dict[str, Department]
) -> None:
    made = rehearsed(admin)
    admin.memberships.create(department=departments["hr"], role="agent")
    assert SECRET in page(client, User.objects.get(pk=admin.pk), made, "?from=hr&to=pr")


def test_a_post_that_would_move_into_hr_is_not_shown_either(
    client: Client, tickets: Tickets, admin: User
) -> None:
    rule = Rule.objects.get(name="customer_service")
    definition = {"place": "department", "department": "hr"}
    made = rehearsed(admin, kind="change", rule=rule.pk, definition=definition)
    assert made.result["flows"] == [["customer_service", "hr", 1]]
    assert OPEN not in page(client, admin, made)


def test_a_ticket_that_went_to_hr_since_is_not_shown(
    client: Client, tickets: Tickets, admin: User, departments: dict[str, Department]
) -> None:
    made = rehearsed(admin)
    tickets["customer_service"].department = departments["hr"]
    tickets["customer_service"].save()
    assert OPEN not in page(client, admin, made, "?from=customer_service&to=pr")


def test_erased_words_are_not_shown(client: Client, tickets: Tickets, admin: User) -> None:
    made = rehearsed(admin)
    decision = tickets["customer_service"].decision_id
    assert decision
    services.forget(decision_ids=[decision])
    text = page(client, admin, made, "?from=customer_service&to=pr")
    assert "None of these posts is kept with its words." in text
    assert OPEN not in text


def test_the_reasons_are_rules_and_words(client: Client, tickets: Tickets, admin: User) -> None:
    text = page(client, admin, rehearsed(admin), "?from=customer_service&to=pr")
    assert "rule “customer_service”" in text
    assert "<mark>till</mark>" in text
    assert "rule “hr”" in text
    assert "<mark>pay</mark>" in text


def test_a_page_says_that_rules_have_changed_since(
    client: Client, tickets: Tickets, admin: User
) -> None:
    made = rehearsed(admin)
    assert "have changed since" not in page(client, admin, made)
    services.set_threshold(threshold=0.9, by=admin)
    text = page(client, admin, made, "?from=customer_service&to=pr")
    assert "have changed since" in text
    assert OPEN in text


def test_more_examples_take_no_more_queries(
    tickets: Tickets, admin: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made = rehearsed(admin)
    flow = next(flow for flow in flows_of(made, places_for(admin)) if flow.is_readable)
    with CaptureQueriesContext(connection) as one:
        assert len(examples_of(made, flow, user=admin).shown) == 1
    ticket = tickets["customer_service"]
    assert ticket.decision_id
    kept = next(rows for origin, _to, rows in made.result["examples"] if origin != "hr")
    for _number in range(5):
        decision = Decision.objects.get(pk=ticket.decision_id)
        decision.pk = None
        decision.save()
        kept.append([decision.pk, "", 0.0, "", 0.0])
        Ticket.objects.create(
            channel=ticket.channel, department=ticket.department, decision=decision
        )
    with django_assert_num_queries(len(one)):
        assert len(examples_of(made, flow, user=admin).shown) == 6


def test_the_list_takes_few_queries(
    client: Client, tickets: Tickets, admin: User, django_assert_max_num_queries: object
) -> None:
    client.force_login(admin)
    for _number in range(4):
        rehearsed(admin)
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert "somewhere else" in client.get("/settings/rehearsals/").content.decode()


def test_an_unsaved_rule_is_rehearsed_from_the_builder_and_then_saved(
    client: Client, tickets: Tickets, admin: User
) -> None:
    client.force_login(admin)
    form = {
        "c-kind": "all",
        "c.0-kind": "word",
        "c.0-entries": "taken",
        "name": "Taken",
        "then": "triage",
        "is_active": "on",
        "reason": "For a look.",
        "do": "rehearse",
    }
    answer = client.post("/settings/rules/new/", form)
    made = Rehearsal.objects.get()
    assert answer["Location"] == f"/settings/rehearsals/{made.pk}/"
    assert made.change["definition"]["conditions"] == word("taken")
    assert not Rule.objects.filter(name="Taken").exists()
    services.run_rehearsal(rehearsal=made)
    assert "none would go anywhere else" in page(client, admin, made)
    client.post(f"/settings/rehearsals/{made.pk}/save/")
    rule = Rule.objects.get(name="Taken")
    assert rule.versions.get().reason == "For a look."
    again = client.post(f"/settings/rehearsals/{made.pk}/save/", follow=True)
    assert "saved already" in again.content.decode()


def test_what_is_wrong_with_an_unsaved_rule_is_in_the_form(
    client: Client, tickets: Tickets, admin: User
) -> None:
    client.force_login(admin)
    form = {"c-kind": "all", "name": "Empty", "then": "triage", "do": "rehearse"}
    answer = client.post("/settings/rules/new/", form)
    assert answer.status_code == 200
    assert not Rehearsal.objects.exists()


def test_every_button_asks_for_what_it_says(
    client: Client, tickets: Tickets, admin: User, lead: User
) -> None:
    first, second = Rule.objects.all()
    asked = services.propose_rule(by=lead, reason="Better.", rule=first, name="Other")
    client.force_login(admin)
    posts = [
        ("begin/", {"kind": "change", "rule": first.pk, "is_active": "0"}),
        ("begin/", {"kind": "remove", "rule": first.pk}),
        ("begin/", {"kind": "threshold", "percent": 75}),
        ("begin/", {"kind": "proposal", "proposal": asked.pk}),
        ("order/", {f"rule-{first.pk}": 2, f"rule-{second.pk}": 1}),
    ]
    found = []
    for address, data in posts:
        client.post(f"/settings/rehearsals/{address}", data)
        made = Rehearsal.objects.all()[0]
        found.append(made.change)
        services.run_rehearsal(rehearsal=made)
        assert made.state == State.DONE
    assert found[0]["definition"] == {"is_active": False}
    assert title_of(Rehearsal.objects.order_by("pk")[0]).endswith(f"{first.name}, switched off")
    assert (found[1]["kind"], found[1]["rule"]) == ("remove", first.pk)
    assert found[2]["threshold"] == 0.75
    assert found[3]["definition"]["name"] == "Other"
    assert found[4]["ids"] == [second.pk, first.pk]
    assert RouterSettings.objects.filter(threshold=0.75).count() == 0


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": "change"},
        {"kind": "threshold"},
        {"kind": "threshold", "percent": "101"},
        {"kind": "model", "model": "none"},
        {"kind": "proposal", "proposal": "9" * 30},
    ],
)
def test_nonsense_is_refused_with_a_sentence(
    client: Client, admin: User, tickets: Tickets, data: dict[str, str]
) -> None:
    client.force_login(admin)
    answer = client.post("/settings/rehearsals/begin/", data, follow=True)
    assert answer.status_code == 200
    assert not Rehearsal.objects.exists()


def test_it_can_be_cancelled_and_run_again_over_other_posts(
    client: Client, tickets: Tickets, admin: User
) -> None:
    client.force_login(admin)
    client.post("/settings/rehearsals/begin/", {"kind": "threshold", "percent": 75})
    made = Rehearsal.objects.get()
    assert 'hx-trigger="every 1s"' in page(client, admin, made)
    progress = f"/settings/rehearsals/{made.pk}/progress/"
    assert "HX-Refresh" not in client.get(progress)
    client.post(f"/settings/rehearsals/{made.pk}/cancel/")
    assert client.get(progress)["HX-Refresh"] == "true"
    client.post(f"/settings/rehearsals/{made.pk}/again/", {"scope": "posts:1000"})
    other = Rehearsal.objects.all()[0]
    assert (other.change, other.posts, other.days) == (made.change, 1000, None)


def test_agents_and_outsiders_are_refused(
    client: Client, tickets: Tickets, admin: User, agent: User, outsider: User, observer: User
) -> None:
    made = rehearsed(admin)
    for user in (agent, outsider, observer):
        client.force_login(user)
        for address in ("", "begin/", "order/", f"{made.pk}/", f"{made.pk}/progress/"):
            assert client.get(f"/settings/rehearsals/{address}").status_code in {403, 405}
        for address in ("begin/", f"{made.pk}/save/", f"{made.pk}/cancel/", f"{made.pk}/again/"):
            assert client.post(f"/settings/rehearsals/{address}").status_code == 403


def test_a_lead_sees_their_own_and_saves_none(
    client: Client, tickets: Tickets, admin: User, lead: User
) -> None:
    others, own = rehearsed(admin), rehearsed(lead)
    assert "Save this change" in page(client, admin, own)
    assert "Save this change" not in page(client, lead, own)
    assert client.get(f"/settings/rehearsals/{others.pk}/").status_code == 404
    assert client.post(f"/settings/rehearsals/{own.pk}/save/").status_code == 403
    assert client.get("/settings/rehearsals/order/").status_code == 403
    forbidden = {"kind": "threshold", "percent": 50}
    assert client.post("/settings/rehearsals/begin/", forbidden).status_code == 403
    assert not RuleProposal.objects.exists()


def test_an_empty_list_points_to_the_buttons_its_reader_has(
    client: Client, admin: User, lead: User
) -> None:
    said = {}
    for user in (admin, lead):
        client.force_login(user)
        said[user] = client.get("/settings/rehearsals/").content.decode()
    assert "at the threshold or beside a model" in said[admin]
    assert "where you build a rule to propose" in said[lead]


def test_a_failed_one_says_why(client: Client, tickets: Tickets, admin: User) -> None:
    made = services.request_rehearsal(by=admin, change={**PAY, "rule": Rule.objects.all()[0].pk})
    services.delete_rule(rule=Rule.objects.all()[0])
    services.run_rehearsal(rehearsal=made)
    assert made.state == State.FAILED
    assert "This rule is gone." in page(client, admin, made)


def test_large_numbers_are_told_apart_at_a_glance(
    client: Client, tickets: Tickets, admin: User
) -> None:
    made = rehearsed(admin)
    made.posts, made.days = 100_000, None
    made.result |= {
        "flows": [["customer_service", "pr", 12_345], ["hr", "pr", 4_321]],
        "others": {"priority": 1_111},
        "corrected": {"n": 2_222, "right_more": 1_234, "wrong_more": 3_333},
    }
    made.result |= {"erased": 5_555, "words_alone": 6_666}
    made.save()
    shown = page(client, admin, made) + page(client, admin, made, "?from=hr&to=pr")
    for number in (100_000, 12_345, 4_321, 1_111, 2_222, 1_234, 3_333, 5_555, 6_666):
        assert f"{number:,}" in shown
        assert not re.search(rf">[^<]*\b{number}\b", shown)
    assert "4,321 posts in departments you cannot read." in shown


def test_a_models_own_lessons_are_no_proof_for_it(
    client: Client, tickets: Tickets, admin: User
) -> None:
    made = rehearsed(admin)
    made.result |= {"corrected": {"n": 3, "right_more": 0, "wrong_more": 3}}
    made.save()
    assert "posts that neither had learned" not in page(client, admin, made)
    made.change = {"kind": "model", "model": "20260101-abcdef"}
    made.save()
    assert "posts that neither had learned" in page(client, admin, made)


def test_the_load_is_shown_by_hour(client: Client, tickets: Tickets, admin: User) -> None:
    Decision.objects.update(created_at=timezone.now() - timedelta(days=1))
    made = rehearsed(admin)
    hours = made.result["hours"]["pr"]
    assert (sum(hours["before"]), sum(hours["after"])) == (0, 2)
    assert "Load by hour of the day" in page(client, admin, made)
