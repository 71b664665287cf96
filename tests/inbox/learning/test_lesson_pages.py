"""What admins see and do about lessons."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Department, User
from inbox.queries.lessons import contradictions
from routing.models import Lesson
from tests.inbox.learning.conftest import Teach

PAGES = [
    "/settings/lessons/",
    "/settings/lessons/contradictions/",
    "/settings/lessons/first-hour/",
    "/settings/lessons/history/",
    "/settings/models/",
    "/settings/router-health/",
]


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("persona", ["agent", "lead", "observer", "outsider"])
def test_only_admins_open_these_pages(
    client: Client, address: str, persona: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(persona))
    assert client.get(address).status_code == 403


@pytest.mark.parametrize("address", PAGES)
def test_each_page_opens_when_there_is_nothing_yet(
    client: Client, admin: User, address: str
) -> None:
    client.force_login(admin)
    assert client.get(address).status_code == 200


def test_the_list_shows_who_taught_what(
    client: Client, admin: User, agent: User, teach: Teach
) -> None:
    teach("My parcel never came", "customer_service", agent)
    teach("WIN A PHONE", "spam", agent)
    client.force_login(admin)
    page = client.get("/settings/lessons/").content.decode()
    assert "My parcel never came" in page
    assert "Maya Adeyemi" in page
    only = client.get("/settings/lessons/?department=spam").content.decode()
    assert "WIN A PHONE" in only
    assert "parcel" not in only


def test_hr_words_are_for_hr(client: Client, admin: User, agent: User, teach: Teach) -> None:
    teach("My boss shouts at me", "hr", agent)
    client.force_login(admin)
    page = client.get("/settings/lessons/").content.decode()
    assert "shouts" not in page
    assert "own members only" in page


def test_history_came_from_no_queue(client: Client, admin: User, agent: User, teach: Teach) -> None:
    teach("My parcel never came", "customer_service", admin, source=Lesson.Source.IMPORT)
    client.force_login(admin)
    assert "hue-triage" not in client.get("/settings/lessons/").content.decode()
    teach("Where is my parcel?", "customer_service", agent)
    assert "hue-triage" in client.get("/settings/lessons/").content.decode()


def test_long_lists_are_paged(client: Client, admin: User, agent: User, teach: Teach) -> None:
    for number in range(60):
        teach(f"Parcel {'abcdefghij'[number % 10]} {'klmnop'[number // 10]}", "pr", agent)
    client.force_login(admin)
    page = client.get("/settings/lessons/")
    assert len(page.context["page"].rows) == 50
    after = page.context["page"].next
    assert len(client.get(f"/settings/lessons/?after={after}").context["page"].rows) == 10


def test_an_admin_takes_a_lesson_back(
    client: Client, admin: User, agent: User, teach: Teach
) -> None:
    lesson = teach("My parcel never came", "pr", agent)
    client.force_login(admin)
    client.post(f"/settings/lessons/{lesson.pk}/take-back/")
    lesson.refresh_from_db()
    assert lesson.undone_by == admin


def test_an_admin_takes_back_a_persons_lessons_and_lets_them_count_again(
    client: Client, admin: User, agent: User, teach: Teach
) -> None:
    teach("One", "pr", agent)
    teach("Two", "pr", agent)
    client.force_login(admin)
    address = f"/settings/lessons/people/{agent.pk}/"
    answer = client.post(address, follow=True)
    assert "2 lessons count no longer." in answer.content.decode()
    client.post(address, {"again": "1"})
    assert Lesson.objects.standing().count() == 2


def test_a_person_who_taught_too_much_is_marked(
    client: Client, admin: User, agent: User, departments: dict[str, Department]
) -> None:
    Lesson.objects.bulk_create(
        Lesson(by=agent, to_department=departments["pr"], source="hand_over", text="x", digest="0")
        for _ in range(700)
    )
    client.force_login(admin)
    page = client.get("/settings/lessons/")
    (teacher,) = page.context["teachers"]
    assert teacher.is_capped
    assert "capped" in page.content.decode()


def test_different_answers_to_near_identical_posts_are_shown(
    client: Client, admin: User, agent: User, colleague: User, teach: Teach
) -> None:
    one = "The new advert with the dancing bear is on every channel now"
    teach(one, "marketing", agent)
    teach(f"{one}, 100 times", "pr", colleague)
    teach("Where is my parcel?", "customer_service", agent)
    client.force_login(admin)
    page = client.get("/settings/lessons/contradictions/").content.decode()
    assert page.count("dancing bear") == 2
    assert "parcel" not in page


def test_what_is_settled_is_no_contradiction(
    admin: User, agent: User, colleague: User, teach: Teach, decide: object
) -> None:
    text = "The new advert with the dancing bear is on every channel"
    decision = decide("pr")  # type: ignore[operator]
    teach(text, "marketing", agent, decision=decision)
    teach(text, "pr", colleague, decision=decision)
    assert contradictions(admin) == []
    changed_mind = "Another advert about a cat that everybody talks about"
    teach(changed_mind, "marketing", agent)
    teach(changed_mind, "pr", agent)
    assert contradictions(admin) == []
    taken_back = "A third advert, with a whale in it, came yesterday"
    teach(taken_back, "marketing", agent)
    teach(taken_back, "pr", colleague)
    assert len(contradictions(admin)) == 1
    Lesson.objects.filter(text=taken_back, by=agent).update(undone_at="2026-01-01T00:00Z")
    assert contradictions(admin) == []


def test_a_contradiction_about_an_hr_post_shows_no_words(
    client: Client, admin: User, agent: User, colleague: User, teach: Teach
) -> None:
    text = "My boss shouts at me on every single shift in the bakery"
    teach(text, "hr", agent)
    teach(text, "customer_service", colleague)
    client.force_login(admin)
    page = client.get("/settings/lessons/contradictions/").content.decode()
    assert "shouts" not in page
    assert page.count("own members only") == 2
