"""Editing and deleting what was published."""

from __future__ import annotations

import pytest

from accounts.models import User
from inbox.connectors import errors
from inbox.models import Post
from inbox.services.conflicts import NotAllowed, Refused
from publishing.models import Reply, ReplyChange
from publishing.services import delete_published, edit_published, make_change, undo_change
from tests.publishing.leaving import let_time_pass, work_all
from tests.publishing.speaking import SpeakingTown

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(leaving: Reply) -> Reply:
    work_all()
    leaving.refresh_from_db()
    return leaving


def test_both_wordings_are_kept(sent: Reply, agent: User, town: SpeakingTown) -> None:
    edit_published(reply=sent, by=agent, text="We are very sorry.")
    work_all()
    sent.refresh_from_db()
    post = Post.objects.get(external_id="own-1")
    assert town.said["own-1"].text == sent.text == post.text == "We are very sorry."
    assert [v.text for v in sent.versions.all()] == ["We are sorry."]
    assert [v.text for v in post.versions.all()] == ["We are sorry."]


def test_nothing_changes_within_the_undo_window(
    sent: Reply, agent: User, town: SpeakingTown
) -> None:
    change = edit_published(reply=sent, by=agent, text="Oh.")
    assert not make_change(change=change)
    undo_change(change=change, by=agent)
    assert work_all() == 0
    assert town.said["own-1"].text == "We are sorry."


def test_it_is_deleted_there_and_here(sent: Reply, agent: User, town: SpeakingTown) -> None:
    delete_published(reply=sent, by=agent)
    work_all()
    assert town.said == {}
    assert Post.objects.get(external_id="own-1").deleted_at is not None


def test_a_worker_that_died_before_saying_so_harms_nothing(
    sent: Reply, agent: User, town: SpeakingTown
) -> None:
    change = edit_published(reply=sent, by=agent, text="We are very sorry.")
    let_time_pass()
    town.edit(None, "own-1", "We are very sorry.")  # type: ignore[arg-type]
    ReplyChange.objects.filter(pk=change.pk).update(attempts=1)
    work_all()
    sent.refresh_from_db()
    assert (sent.text, sent.versions.count()) == ("We are very sorry.", 1)


def test_two_workers_make_one_change(sent: Reply, agent: User) -> None:
    change = edit_published(reply=sent, by=agent, text="Once.")
    let_time_pass()
    twins = [ReplyChange.objects.get(pk=change.pk) for _ in range(2)]
    assert [make_change(change=twin) for twin in twins] == [True, False]


def test_one_change_at_a_time(sent: Reply, agent: User, colleague: User) -> None:
    edit_published(reply=sent, by=agent, text="Mine.")
    with pytest.raises(Refused, match="on its way"):
        delete_published(reply=sent, by=colleague)


def test_an_unreachable_network_is_asked_again(
    sent: Reply, agent: User, town: SpeakingTown
) -> None:
    edit_published(reply=sent, by=agent, text="Later.")
    town.change_faults = [errors.Unreachable("cannot be reached")]
    work_all()
    work_all()
    assert town.said["own-1"].text == "Later."


def test_a_refusal_says_why(sent: Reply, agent: User, town: SpeakingTown) -> None:
    change = edit_published(reply=sent, by=agent, text="Later.")
    town.change_faults = [errors.Forbidden("answers 403")]
    work_all()
    change.refresh_from_db()
    assert (change.state, change.error_code) == ("failed", "forbidden")


def test_what_is_gone_there_counts_as_deleted(sent: Reply, agent: User, town: SpeakingTown) -> None:
    change = delete_published(reply=sent, by=agent)
    town.change_faults = [errors.Gone("answers 404")]
    work_all()
    change.refresh_from_db()
    assert change.state == "done"


def test_only_who_works_the_ticket_changes_it(sent: Reply, observer: User) -> None:
    with pytest.raises(NotAllowed):
        delete_published(reply=sent, by=observer)


def test_what_was_not_published_is_not_edited(leaving: Reply, agent: User) -> None:
    with pytest.raises(Refused):
        edit_published(reply=leaving, by=agent, text="Too early")
