"""Two people at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.models import Department, User
from inbox.models import Consult, Ticket
from inbox.services import consults
from inbox.services.conflicts import Conflict
from tests.inbox.consults.conftest import Ask

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each returns, or the exception it raises."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            start.wait(timeout=10)
            return act()
        except Exception as error:  # noqa: BLE001 - handed on
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_two_answers_one_counts(
    ticket: Ticket, agent: User, pr_officer: User, admin: User, ask: Ask
) -> None:
    consult = ask(ticket, agent)
    found = at_once(
        *(
            lambda user=user: consults.answer(
                consult=Consult.objects.get(pk=consult.pk), text=user.handle, by=user
            )
            for user in (pr_officer, admin)
        )
    )
    assert sum(isinstance(one, Conflict) for one in found) == 1
    assert ticket.events.filter(kind="consult_answered").count() == 1


def test_two_departments_asked_at_once_are_both_asked(
    ticket: Ticket, agent: User, colleague: User, departments: dict[str, Department]
) -> None:
    def asking(slug: str, by: User) -> Callable[[], object]:
        return lambda: consults.ask(
            ticket=ticket, department=departments[slug], question="?", by=by
        )

    found = at_once(asking("pr", agent), asking("marketing", colleague))
    assert not [one for one in found if isinstance(one, Exception)]
    wanted = sorted(departments[slug].pk for slug in ("pr", "marketing"))
    assert Ticket.objects.get().consulted == wanted
