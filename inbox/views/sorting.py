"""The bar of a ticket in triage: one key sends it on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Department, User
from inbox.models import Ticket, TriagePolicy
from inbox.queries.triage import alike_to, waiting_since

GUESSES = 2


@dataclass(frozen=True, slots=True)
class Target:
    """A department to send the ticket to; `percent` is how likely routing finds it."""

    slug: str
    title: str
    letter: str
    hue: str
    digit: int
    percent: int | None
    is_guess: bool


@dataclass(frozen=True, slots=True)
class Sorting:
    """What the bar shows. `alike` are the ids of tickets that say the same, with commas."""

    targets: list[Target]
    alike: str
    n_alike: int
    since: datetime
    is_late: bool


def sorting_of(ticket: Ticket, user: User, departments: Sequence[Department]) -> Sorting | None:
    """The bar for a ticket that waits in triage; None for any other."""
    if ticket.department_id is not None or ticket.state == Ticket.State.RESOLVED:
        return None
    alike = alike_to(ticket, user)
    since = waiting_since(ticket)
    target = timedelta(minutes=TriagePolicy.current().target)
    return Sorting(
        targets=_targets(ticket, departments),
        alike=",".join(map(str, alike)),
        n_alike=len(alike),
        since=since,
        is_late=timezone.now() - since > target,
    )


def _targets(ticket: Ticket, departments: Sequence[Department]) -> list[Target]:
    shares = ticket.decision.probabilities if ticket.decision else {}
    guesses = sorted(shares, key=lambda slug: -shares[slug])[:GUESSES]
    return [
        Target(
            slug=d.slug,
            title=d.name,
            letter=d.letter,
            hue=d.hue,
            digit=digit,
            percent=round(shares[d.slug] * 100) if d.slug in shares else None,
            is_guess=d.slug in guesses,
        )
        for digit, d in enumerate(departments, 1)
    ]
