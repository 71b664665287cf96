"""What becomes of a reply the network does not take, and what people are told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from inbox.connectors import errors
from inbox.services.conflicts import Refused
from publishing.models import Reply
from publishing.services import decide_uncertain, send_reply
from publishing.services.faults import MOST_ATTEMPTS
from routing.models import Alarm
from tests.publishing.conftest import Draft
from tests.publishing.leaving import work_all
from tests.publishing.speaking import SpeakingTown

pytestmark = pytest.mark.django_db


def met(reply: Reply, town: SpeakingTown, *faults: Exception) -> Reply:
    """The reply after the network answered so, one attempt each."""
    town.publish_faults = list(faults)
    for _ in faults:
        work_all()
    reply.refresh_from_db()
    return reply


@pytest.mark.parametrize(
    ("fault", "code", "advice"),
    [
        (errors.Blocked("says they blocked us"), "blocked", "They blocked the page"),
        (errors.Gone("answers 404"), "gone", "no longer there"),
        (errors.Forbidden("answers 403"), "forbidden", "Ada Okafor can give it"),
        (errors.Refused("has this very text already"), "refused", "has this very text already"),
        (errors.Unsupported("reply"), "unsupported", "offers no reply"),
    ],
)
def test_a_refusal_fails_and_says_what_to_do(
    leaving: Reply, town: SpeakingTown, admin: User, fault: Exception, code: str, advice: str
) -> None:
    reply = met(leaving, town, fault)
    assert (reply.state, reply.error_code) == ("failed", code)
    assert advice in reply.error
    assert reply.next_attempt_at is None


def test_an_expired_token_names_who_can_reconnect_and_alarms_them(
    leaving: Reply, town: SpeakingTown, admin: User
) -> None:
    reply = met(leaving, town, errors.Expired("no longer takes the credentials"))
    assert (reply.state, reply.error_code) == ("failed", "expired")
    assert "Ada Okafor can connect Kestrel in town again" in reply.error
    alarm = Alarm.objects.get(key=f"channel-expired-{reply.channel_id}")
    assert (alarm.severity, alarm.cleared_at) == ("critical", None)


def test_too_long_says_by_how_much(leaving: Reply, town: SpeakingTown) -> None:
    Reply.objects.filter(pk=leaving.pk).update(text="x" * 123)
    work_all()
    leaving.refresh_from_db()
    assert leaving.error_code == "too_long"
    assert "Yours counts 123, 23 too many" in leaving.error


def test_a_limit_says_when_it_goes_and_it_goes(leaving: Reply, town: SpeakingTown) -> None:
    reply = met(leaving, town, errors.Limited("answers 429", retry_after=90))
    assert (reply.state, reply.error_code) == ("scheduled", "limited")
    assert reply.next_attempt_at is not None
    wait = reply.next_attempt_at - timezone.now()
    assert timedelta(seconds=85) < wait <= timedelta(seconds=91)
    work_all()
    reply.refresh_from_db()
    assert reply.state == Reply.State.SENT


def test_other_replies_of_a_limited_channel_wait_behind(
    leaving: Reply, draft: Draft, agent: User, town: SpeakingTown
) -> None:
    met(leaving, town, errors.Limited("answers 429", retry_after=90))
    second = send_reply(reply=draft("Second."), by=agent)
    Reply.objects.filter(pk=second.pk).update(next_attempt_at=timezone.now())
    from publishing.services import work

    work(("reply", second.pk))
    second.refresh_from_db()
    leaving.refresh_from_db()
    assert (second.state, second.attempts) == ("scheduled", 0)
    assert second.next_attempt_at == leaving.next_attempt_at


def test_an_unreachable_network_is_asked_again_ever_more_patiently(
    leaving: Reply, town: SpeakingTown
) -> None:
    waits = []
    for _ in range(MOST_ATTEMPTS - 1):
        met(leaving, town, errors.Unreachable("cannot be reached"))
        assert leaving.next_attempt_at is not None
        waits.append((leaving.next_attempt_at - timezone.now()).total_seconds())
        assert leaving.state == Reply.State.SCHEDULED
    assert waits == sorted(waits)
    assert met(leaving, town, errors.Unreachable("cannot be reached")).state == "failed"
    assert "Retry when" in leaving.error


def test_an_uncertain_answer_is_looked_for_before_anything_else(
    leaving: Reply, town: SpeakingTown
) -> None:
    town.late_faults = [errors.Uncertain("broke off")]
    work_all()
    leaving.refresh_from_db()
    assert leaving.state == Reply.State.UNCERTAIN
    work_all()
    leaving.refresh_from_db()
    assert (leaving.state, leaving.external_id, len(town.said)) == ("sent", "own-1", 1)


def test_a_connector_that_stumbles_leaves_it_uncertain(leaving: Reply, town: SpeakingTown) -> None:
    assert met(leaving, town, ZeroDivisionError()).state == Reply.State.UNCERTAIN


def test_while_nobody_can_tell_it_stays_uncertain(leaving: Reply, town: SpeakingTown) -> None:
    town.look_faults = [errors.Unreachable("cannot be reached")] * 3
    met(leaving, town, errors.Uncertain("broke off"))
    waits = []
    for _ in range(3):
        work_all()
        leaving.refresh_from_db()
        assert leaving.state == Reply.State.UNCERTAIN
        assert leaving.next_attempt_at is not None
        waits.append((leaving.next_attempt_at - timezone.now()).total_seconds())
    assert waits == sorted(waits)
    assert waits[-1] > 5
    assert town.said == {}


def test_the_words_of_another_reply_prove_nothing(
    leaving: Reply, draft: Draft, agent: User, town: SpeakingTown
) -> None:
    work_all()
    twin = send_reply(reply=draft("We are sorry."), by=agent)
    met(twin, town, errors.Uncertain("broke off"))
    work_all()
    twin.refresh_from_db()
    assert (twin.state, twin.external_id) == ("uncertain", "")


def test_a_person_decides_only_after_the_network_was_searched(
    leaving: Reply, town: SpeakingTown, agent: User
) -> None:
    town.look_faults = [errors.Unreachable("cannot be reached")]
    met(leaving, town, errors.Uncertain("broke off"))
    with pytest.raises(Refused, match="searched"):
        decide_uncertain(reply=leaving, by=agent, has_arrived=False)
    work_all()
    decide_uncertain(reply=leaving, by=agent, has_arrived=True)
    assert (leaving.state, leaving.settled_by) == ("sent", agent)


def test_a_person_who_does_not_find_it_may_have_it_said_again(
    leaving: Reply, town: SpeakingTown, agent: User
) -> None:
    town.look_faults = [errors.Unreachable("cannot be reached")]
    met(leaving, town, errors.Uncertain("broke off"))
    work_all()
    decide_uncertain(reply=leaving, by=agent, has_arrived=False)
    assert leaving.state == Reply.State.FAILED
