"""axe-core finds nothing on the pages of routing while they have something to show."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Department, User
from inbox.models import Channel, LessonImport, Ticket
from inbox.services import consults
from inbox.services.tickets import hand_over
from routing import queries, services
from routing.facts import Facts
from routing.models import Decision, Lesson, Rehearsal, RouterModel, Rule, Training
from routing.services.health import count_days
from tests.browser.axe import in_every_look
from tests.browser.conftest import Desk
from tests.factories import make_post, make_ticket
from tests.routing.trees import phrase

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.django_db(transaction=True),
]
DESK_AND_PHONE = (1440, 390)
WAVE = "You burn down forests for palm oil, boycott this bakery today"
Departments = dict[str, Department]


@pytest.fixture(autouse=True)
def _no_model(settings: Any, tmp_path: Path) -> None:
    settings.MODEL_DIR = tmp_path
    queries._current = None


@pytest.fixture
def rules(departments: Departments) -> list[Rule]:
    names = {"pr": "Palm oil", "marketing": "Bread"}
    return [
        services.create_rule(
            by=None, name=name, conditions=phrase(name.lower()), department=departments[slug]
        )
        for slug, name in names.items()
    ]


@pytest.fixture
def decided(channel: Channel, departments: Departments, rules: list[Rule]) -> list[Ticket]:
    """Tickets that the rules sorted, one that nobody did, and one of HR's."""
    texts = ["palm oil is bad", "lovely bread", "palm oil again", "hmm"]
    made = []
    for text in texts:
        decision = services.decide(Facts(text=text, posted_at=timezone.now()))
        made.append(make_ticket(channel, decision.department, text, decision=decision))
    decision = Decision.objects.create(
        department=departments["hr"], method="classifier", confidence=0.9, facts={"text": "My pay"}
    )
    return [*made, make_ticket(channel, departments["hr"], "My pay", decision=decision)]


def test_axe_finds_nothing_on_rehearsals(
    admin: User, decided: list[Ticket], rules: list[Rule], desk: Desk
) -> None:
    change = {"kind": "change", "rule": rules[0].pk, "definition": {"is_active": False}}
    done, *others = [services.request_rehearsal(by=admin, change=change) for _ in range(3)]
    services.run_rehearsal(rehearsal=done)
    assert done.result["flows"]
    services.cancel_rehearsal(rehearsal=others[0])
    failed = {"state": "failed", "error": "The worker stopped.", "finished_at": timezone.now()}
    Rehearsal.objects.filter(pk=others[1].pk).update(**failed)
    waiting = services.request_rehearsal(by=admin, change=change)
    page = desk(admin, "/settings/rehearsals/")
    for path in ("", "order/", *(f"{r.pk}/" for r in (done, *others, waiting))):
        page.goto(f"/settings/rehearsals/{path}")
        page.evaluate("document.querySelectorAll('main details').forEach(el => { el.open = true })")
        assert in_every_look(page, DESK_AND_PHONE) == [], path


def test_axe_finds_nothing_on_models_and_health(
    admin: User, decided: list[Ticket], departments: Departments, desk: Desk
) -> None:
    recall = {"per_department": {slug: {"recall": 0.8} for slug in departments}}
    for number, values in enumerate(({}, {"is_active": True, "is_pinned": True})):
        model = RouterModel.objects.create(
            version=f"2026010{number}-abcdef12",
            metrics={"macro_f1": 0.8, "n_lessons": 1234, "champion": recall, "challenger": recall},
            promoted_at=timezone.now(),
            **values,
        )
    ended = {"finished_at": timezone.now(), "challenger": model}
    Training.objects.create(state="done", outcome="Its score is no better.", **ended)
    Training.objects.create(state="failed", outcome="The worker stopped.", **ended)
    Training.objects.create(state="done", is_promoted=True, outcome="A better score.", **ended)
    services.request_training(by=admin)
    Rule.objects.update(created_at=timezone.now() - timedelta(days=60))
    services.learn(
        text="palm oil is bad",
        to=departments["marketing"],
        by=admin,
        source=Lesson.Source.HAND_OVER,
        decision=decided[0].decision,
    )
    count_days()
    page = desk(admin, "/settings/models/")
    assert in_every_look(page, DESK_AND_PHONE) == []
    page.goto("/settings/router-health/")
    expect(page.get_by_role("heading", name="Rules in the last 30 days")).to_be_visible()
    assert in_every_look(page, DESK_AND_PHONE) == []


def test_axe_finds_nothing_on_lessons(
    admin: User, agent: User, channel: Channel, departments: Departments, desk: Desk
) -> None:
    for text, slug, by in ((WAVE, "pr", agent), (f"{WAVE}!", "marketing", admin)):
        source = Lesson.Source.HAND_OVER
        services.learn(text=text, to=departments[slug], by=by, source=source)
    LessonImport.objects.create(
        name="history.csv",
        state="done",
        is_dry_run=False,
        report={
            "rows": 1234,
            "answers": 1200,
            "empty": 3,
            "learned": 1000,
            "known": 200,
            "unknown": {"Press": 31},
            "by_department": {"pr": 1200},
            "doubtful": 1,
            "doubts": [{"line": 2, "given": "pr", "likely": "marketing", "probability": 0.1}],
        },
    )
    above = make_post(None, "We cut 40 jobs.", channel=channel, is_own=True)
    decision = Decision.objects.create(method="triage", facts={"text": "same here"})
    asked = make_ticket(channel, None, "same here", decision=decision)
    asked.posts.update(parent=above)
    page = desk(admin, "/settings/lessons/first-hour/")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("We cut 40 jobs.")).to_be_visible()
    assert in_every_look(page, DESK_AND_PHONE) == []
    paths = ["", "contradictions/", "history/", f"history/{LessonImport.objects.get().pk}/"]
    for path in paths:
        page.goto(f"/settings/lessons/{path}")
        assert in_every_look(page, DESK_AND_PHONE) == [], path


def test_axe_finds_nothing_on_what_waits_for_a_person(
    admin: User, agent: User, channel: Channel, departments: Departments, desk: Desk
) -> None:
    shares = {"pr": 0.48, "customer_service": 0.31, "marketing": 0.15, "hr": 0.06}
    decision = Decision.objects.create(method="triage", confidence=0.48, probabilities=shares)
    sorting = make_ticket(channel, None, WAVE, decision=decision)
    make_ticket(channel, None, f"{WAVE}!")
    bounced = make_ticket(channel, departments["customer_service"], "Whose is it?")
    consults.ask(ticket=bounced, department=departments["pr"], question="Yours?", by=agent)
    for slug in ("marketing", "customer_service"):
        bounced.refresh_from_db()
        hand_over(ticket=bounced, to=departments[slug], by=admin, reason="Not ours.")
    page = desk(admin, f"/t/{sorting.pk}/?q=triage")
    expect(page.get_by_label("and 1 more that says the same")).to_be_visible()
    assert in_every_look(page, DESK_AND_PHONE) == []
    page.goto(f"/t/{bounced.pk}/")
    page.locator("#bounce summary").click()
    expect(page.get_by_role("button", name="Settle", exact=True)).to_be_visible()
    assert in_every_look(page, DESK_AND_PHONE) == []
