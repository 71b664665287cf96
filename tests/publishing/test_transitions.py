"""The table of states, and the one function that moves through it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from publishing.models import TRANSITIONS, Reply
from publishing.models.transitions import check
from publishing.services import advance

State = Reply.State


def test_a_table_that_forgets_a_state_is_refused() -> None:
    with pytest.raises(ValueError, match="each state"):
        check({state: to for state, to in TRANSITIONS.items() if state != State.FAILED})


@pytest.mark.parametrize(
    ("state", "to", "why"),
    [
        (State.DRAFT, State.SENDING, "only what was approved"),
        (State.UNCERTAIN, State.SENDING, "only what was approved"),
        (State.FAILED, State.SENT, "only what was being sent"),
        (State.SENT, State.DRAFT, "stays so"),
    ],
)
def test_a_table_that_could_say_things_twice_is_refused(state: State, to: State, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check({**TRANSITIONS, state: TRANSITIONS[state] | {to}})


def test_a_state_that_nothing_leads_to_is_refused() -> None:
    with pytest.raises(ValueError, match="no way leads to rejected"):
        check({**TRANSITIONS, State.IN_REVIEW: TRANSITIONS[State.IN_REVIEW] - {State.REJECTED}})


@pytest.mark.django_db
def test_an_unknown_move_is_a_mistake_of_ours(leaving: Reply) -> None:
    with pytest.raises(ValueError, match="does not go from draft to sending"):
        advance(leaving, expect=State.DRAFT, to=State.SENDING)


@pytest.mark.django_db
def test_only_the_first_of_two_moves_happens(leaving: Reply) -> None:
    twin = Reply.objects.get(pk=leaving.pk)
    now = timezone.now()
    assert advance(
        leaving, expect=State.APPROVED, to=State.SENDING, claimed_at=now, next_attempt_at=now
    )
    assert not advance(twin, expect=State.APPROVED, to=State.DRAFT)
    assert twin.state == State.APPROVED


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"state": State.SENT},
        {"state": State.DRAFT, "external_id": "x"},
        {"state": State.SENDING},
        {"next_attempt_at": None},
    ],
)
def test_the_database_refuses_what_makes_no_sense(leaving: Reply, wrong: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Reply.objects.filter(pk=leaving.pk).update(**wrong)


@pytest.mark.django_db
def test_the_database_lets_nobody_approve_their_own(leaving: Reply, agent: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Reply.objects.filter(pk=leaving.pk).update(reviewed_by=agent)


@pytest.mark.django_db
def test_the_trail_keeps_each_step_with_its_words(leaving: Reply) -> None:
    steps = leaving.events.order_by("pgh_id").values_list("state", "text")  # type: ignore[attr-defined]
    assert list(steps) == [("approved", "We are sorry.")]
