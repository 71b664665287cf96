"""Lessons: learned, taken back, capped, forgotten."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Department, User
from routing import services
from routing.models import Decision, Lesson
from routing.services.corpus import Example, capped, read_corpus

pytestmark = pytest.mark.django_db

Departments = dict[str, Department]
Source = Lesson.Source


def teach(text: str, to: Department | None, by: User | None, **values: object) -> Lesson:
    lesson = services.learn(
        text=text,
        to=to,
        by=by,
        **{"source": Source.HAND_OVER, **values},  # type: ignore[arg-type]
    )
    assert lesson is not None
    return lesson


def test_a_lesson_keeps_who_said_what_about_which_text(
    departments: Departments, agent: User
) -> None:
    decision = Decision.objects.create(method="triage")
    lesson = teach(
        "Is this job still open?",
        departments["hr"],
        agent,
        came_from=departments["pr"],
        decision=decision,
        language="en",
    )
    kept = Lesson.objects.get(pk=lesson.pk)
    assert (kept.by, kept.from_department, kept.label) == (agent, departments["pr"], "hr")
    assert (kept.decision, kept.language, kept.undone_at) == (decision, "en", None)


def test_spam_is_an_answer_but_no_department(agent: User) -> None:
    assert teach("WIN A PHONE", None, agent).label == "spam"
    assert read_corpus().lessons == []
    with pytest.raises(IntegrityError), transaction.atomic():
        Lesson.objects.create(text="x", source=Source.TRIAGE, is_spam=False, to_department=None)


def test_a_text_without_words_teaches_nothing(departments: Departments, agent: User) -> None:
    text = services.learn(text=" \0 ", to=departments["hr"], by=agent, source=Source.TRIAGE)
    assert text is None
    assert not Lesson.objects.exists()


def test_the_last_word_on_a_post_counts(
    departments: Departments, agent: User, pr_officer: User
) -> None:
    decision = Decision.objects.create(method="triage")
    first = teach("Nice ad", departments["pr"], agent, decision=decision)
    last = teach("Nice ad", departments["marketing"], pr_officer, decision=decision)
    assert [e.label for e in read_corpus().lessons] == ["marketing"]
    services.unlearn(lesson_ids=[last.pk], by=pr_officer)
    assert [e.lesson for e in read_corpus().lessons] == [first.pk]


def test_who_changes_their_mind_teaches_once(departments: Departments, agent: User) -> None:
    teach("Nice ad 1", departments["pr"], agent)
    teach("Nice ad 2", departments["marketing"], agent)
    assert [e.label for e in read_corpus().lessons] == ["marketing"]


def test_a_closed_department_is_taught_no_longer(departments: Departments, agent: User) -> None:
    teach("Is this job still open?", departments["hr"], agent)
    Department.objects.filter(slug="hr").update(is_active=False)
    assert read_corpus().lessons == []


def test_a_new_department_waits_for_enough_lessons(departments: Departments, agent: User) -> None:
    legal = Department.objects.create(slug="legal", name="Legal", letter="L", position=9)
    teach("Our lawyers will write to you.", legal, agent)
    assert read_corpus().lessons == []
    for number in range(40):
        teach(f"Lawyer letter about case {'abcdefghij'[number % 10] * (number + 1)}", legal, agent)
    assert {e.label for e in read_corpus().lessons} == {"legal"}


def test_one_person_never_weighs_more_than_their_share() -> None:
    starter = [Example("x", "pr", 1.0, "mixed")] * 300
    careless = [Example("x", "hr", 5.0, "lessons", person=1)] * 1_000
    careful = [Example("x", "pr", 5.0, "lessons", person=2)] * 10
    found = capped(careless + careful, beside=starter, share=0.25)
    of_one = sum(e.weight for e in found if e.person == 1)
    everything = sum(e.weight for e in found) + 300
    assert of_one / everything == pytest.approx(0.25, abs=1e-6)
    assert [e.weight for e in found if e.person == 2] == [5.0] * 10


def test_imported_history_is_nobodys_opinion() -> None:
    history = [Example("x", "hr", 5.0, "lessons")] * 1_000
    starter = [Example("x", "pr", 1.0, "mixed")] * 10
    assert capped(history, beside=starter, share=0.1) == history


def test_an_admin_takes_back_what_a_person_taught_and_lets_it_count_again(
    departments: Departments, agent: User, colleague: User, admin: User
) -> None:
    teach("One", departments["pr"], agent)
    mistake = teach("Two", departments["pr"], agent)
    services.unlearn(lesson_ids=[mistake.pk], by=agent)
    teach("Three", departments["hr"], colleague)
    assert services.unlearn_person(person=agent, by=admin) == 1
    assert [e.label for e in read_corpus().lessons] == ["hr"]
    assert Lesson.objects.get(text="One").undone_by == admin
    assert services.relearn_person(person=agent) == 1
    assert {e.lesson for e in read_corpus().lessons} & {mistake.pk} == set()


def test_forgetting_a_decision_removes_the_words_of_its_lessons(
    departments: Departments, agent: User
) -> None:
    decision = Decision.objects.create(method="triage", facts={"text": "Ana Costa, flat 5"})
    lesson = teach("Ana Costa, flat 5", departments["pr"], agent, decision=decision)
    other = teach("Something else", departments["pr"], agent)
    services.forget(decision_ids=[decision.pk])
    lesson.refresh_from_db()
    assert (lesson.text, lesson.digest, lesson.likeness) == ("", "", [])
    assert [e.lesson for e in read_corpus().lessons] == [other.pk]


def test_imported_lines_are_learned_once(departments: Departments, admin: User) -> None:
    answers = [
        services.Answer("Where is my parcel?", departments["customer_service"]),
        services.Answer("where is my parcel", departments["customer_service"]),
        services.Answer("Great ad!", departments["marketing"]),
        services.Answer("  ", departments["marketing"]),
    ]
    assert services.learn_many(answers=answers, by=admin) == 2
    assert services.learn_many(answers=answers, by=admin) == 0


@pytest.mark.parametrize("move", ["to", "from"])
def test_only_hr_reads_the_lessons_about_its_posts(
    departments: Departments, admin: User, agent: User, hr_partner: User, move: str
) -> None:
    hr, desk = departments["hr"], departments["customer_service"]
    to, came_from = (hr, desk) if move == "to" else (desk, hr)
    decision = Decision.objects.create(method="triage")
    teach("My boss shouts at me", departments["pr"], agent, decision=decision)
    teach("My boss shouts at me!", to, agent, came_from=came_from, decision=decision)
    open_one = teach("Where is my parcel?", desk, agent)
    assert list(Lesson.objects.readable_by(admin)) == [open_one]
    assert Lesson.objects.readable_by(hr_partner).count() == 3


def test_a_lesson_taken_back_still_hides_the_words(
    departments: Departments, admin: User, agent: User
) -> None:
    teach("My boss shouts at me", departments["pr"], agent)
    secret = teach("my boss shouts at me", departments["hr"], agent)
    services.unlearn(lesson_ids=[secret.pk], by=agent)
    assert not Lesson.objects.readable_by(admin).exists()


def test_an_outsider_reads_no_lesson(departments: Departments, agent: User, outsider: User) -> None:
    teach("Where is my parcel?", departments["customer_service"], agent)
    assert not Lesson.objects.readable_by(outsider).exists()
