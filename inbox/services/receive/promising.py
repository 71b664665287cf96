"""What is promised for the tickets of a batch, and whether a post keeps it. No query of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from inbox import clock
from inbox.models import Post, Ticket
from routing import queries
from routing.models import Decision
from routing.queries import Snapshot


@dataclass
class Promising:
    """Knows the policies as the decisions of this batch knew them."""

    now: datetime
    has_decided: bool

    @cached_property
    def known(self) -> Snapshot:
        return queries.latest() if self.has_decided else queries.snapshot()

    def keep(self, ticket: Ticket, decision: Decision | None, posts: Iterable[Post]) -> None:
        """Promise what `decision` asks for, and take note of the page's own answers in `posts`."""
        if decision is not None:
            self._mark_for_approval(ticket, decision)
            self._begin(ticket, decision)
        answers = [p.posted_at for p in posts if p.is_own and p.posted_at >= ticket.opened_at]
        if answers:
            clock.respond(ticket, min(answers))
        is_running, is_open = ticket.sla_running_since is not None, ticket.state == clock.State.OPEN
        if ticket.sla_policy_id is not None and is_running != is_open:
            clock.follow(ticket, clock.terms_for(ticket, self.known.promises), now=self.now)

    def _begin(self, ticket: Ticket, decision: Decision) -> None:
        promises = self.known.promises
        asked = promises.terms.get(decision.effects.get("sla_policy", 0))
        terms = asked or promises.default_of(ticket.department_id, ticket.priority)
        if self.now - ticket.opened_at > clock.HISTORY:
            terms = None
        if ticket.sla_policy_id != (terms.pk if terms else None):
            clock.begin(ticket, terms, at=ticket.opened_at)

    def _mark_for_approval(self, ticket: Ticket, decision: Decision) -> None:
        asked = decision.effects.get("approval", {})
        department = self.known.departments.get(asked.get("department", ""))
        ticket.approval_by_id = department.pk if department else None
        ticket.approval_by_leads = bool(department and asked["leads"])
