"""What tickets teach the router: hand-overs, triage choices and "right department"."""

from __future__ import annotations

from accounts.models import Department, User
from inbox.models import Ticket
from routing import services
from routing.models import Lesson

Source = Lesson.Source


def from_hand_over(*, ticket: Ticket, to: Department | None, by: User) -> int | None:
    """Learn from a move that is about to happen; the lesson's key, None when it teaches nothing.

    Moving a ticket to triage says where it does not belong, which is no answer.
    """
    if to is None:
        return None
    source = Source.TRIAGE if ticket.department_id is None else Source.HAND_OVER
    return _learn(ticket, to=to, by=by, source=source)


def from_confirmation(*, ticket: Ticket, by: User) -> int | None:
    """Learn that the ticket is where it belongs."""
    return _learn(ticket, to=ticket.department, by=by, source=Source.CONFIRMED)


def from_parking(*, ticket: Ticket, by: User) -> int | None:
    """Learn that the ticket is spam."""
    return _learn(ticket, to=None, by=by, source=Source.TRIAGE)


def is_confirmed(ticket: Ticket) -> bool:
    """Whether somebody said that the ticket is in the right department, and nobody else since."""
    if ticket.decision_id is None:
        return False
    newest = Lesson.objects.standing().filter(decision=ticket.decision_id).first()
    return (
        newest is not None
        and newest.source == Source.CONFIRMED
        and newest.to_department_id == ticket.department_id
    )


def _learn(ticket: Ticket, *, to: Department | None, by: User, source: str) -> int | None:
    text, language = words_of(ticket)
    lesson = services.learn(
        text=text,
        language=language,
        to=to,
        by=by,
        source=source,
        came_from=ticket.department,
        decision=ticket.decision,
    )
    return lesson.pk if lesson else None


def words_of(ticket: Ticket) -> tuple[str, str]:
    """What routing decided on; without a decision, the opening post."""
    if ticket.decision is not None and (text := ticket.decision.facts.get("text")):
        return text, ticket.decision.facts.get("language", "")
    post = ticket.opening_post
    return (post.text, post.language) if post else ("", "")
