"""Whom routing has asked about the tickets of a batch, and who is told of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts import notices
from accounts.access import Access, access_of_each
from accounts.models import Department, Membership, User
from inbox import live
from inbox.models import Consult, Notice, Ticket
from inbox.models.asked import TRIAGE
from inbox.services.receive.store import Writes
from routing.models import Decision

# A question by a rule or the router is taken back when another decision replaces theirs.
_REPLACED = """
    UPDATE inbox_consult SET state = 'withdrawn', closed_at = %s
    WHERE ticket_id = %s AND department_id = ANY(%s) AND state = 'open'
"""


@dataclass(slots=True)
class Telling:
    """The departments and people that the decisions of a batch name, read once and only if any."""

    now: datetime
    departments: Mapping[str, Department] = field(default_factory=dict)  # active ones, by label
    confidential: frozenset[int] = frozenset()
    members: Mapping[str, list[int]] = field(default_factory=dict)  # keys of people by label
    access: Mapping[int, Access] = field(default_factory=dict)
    asked: list[Consult] = field(default_factory=list)
    replaced: list[tuple[int, list[int]]] = field(default_factory=list)  # ticket, departments
    told: list[Notice] = field(default_factory=list)

    @classmethod
    def find(cls, decisions: Iterable[Decision], now: datetime) -> Telling:
        """Read whom `decisions` name."""
        asking = {d.consult for d in decisions if d.consult}
        by_rule = {d.consult for d in decisions if d.consult and not d.effects.get("is_close")}
        told = [d.effects["notify"] for d in decisions if d.effects.get("notify")]
        if not asking and not told:
            return cls(now)
        known = Department.objects.filter(is_active=True)
        departments = {d.slug: d for d in known}
        slugs = by_rule.union(*(one.get("departments", ()) for one in told))
        members = _members(slugs)
        keys = {pk for one in told for pk in one.get("users", ())}.union(*members.values())
        people = User.objects.filter(pk__in=keys, is_active=True)
        return cls(
            now,
            departments,
            frozenset(d.pk for d in departments.values() if d.is_confidential),
            members,
            access_of_each(people) if keys else {},
        )

    def follow(self, ticket: Ticket, decision: Decision) -> dict[str, Any] | None:
        """Let `ticket`, where it is now, ask and tell as `decision` says.

        Returns the data of the timeline's line when a department is newly asked.
        """
        asked = self._asked(ticket, decision)
        wanted = {asked.pk} if asked else set()
        if gone := sorted(set(ticket.consulted) - wanted):
            self.replaced.append((ticket.pk, gone))
        line = self._ask(ticket, decision, asked) if asked else None
        ticket.consulted = sorted(wanted)
        ticket.shown_to = sorted(wanted) if ticket.department_id is None else []
        ticket.shown_in = TRIAGE if ticket.shown_to else None
        self._tell(ticket, decision)
        return line

    def write(self, writes: Writes, merged: Mapping[int, int]) -> None:
        """Write what was asked and told; a ticket that became part of another is named by that."""
        for ticket_id, departments in self.replaced:
            writes.add(_REPLACED, [self.now, ticket_id, departments])
        for consult in self.asked:
            consult.ticket_id = merged.get(consult.ticket_id, consult.ticket_id)
        for notice in self.told:
            notice.ticket_id = merged.get(notice.ticket_id or 0, notice.ticket_id)
        writes.insert(self.asked, or_keep=True)
        writes.insert(self.told, or_keep=True)
        for message in live.notices_for(notice.user_id for notice in self.told):
            writes.add(*notices.statement_of(message))

    def _asked(self, ticket: Ticket, decision: Decision) -> Department | None:
        """The department to be asked: it must be able to see the ticket, and not have it."""
        asked = self.departments.get(decision.consult)
        if asked is None or decision.spam or ticket.department_id in self.confidential:
            return None
        return asked if asked.pk != ticket.department_id else None

    def _ask(self, ticket: Ticket, decision: Decision, asked: Department) -> dict[str, Any] | None:
        if asked.pk in ticket.consulted:
            return None
        is_close = bool(decision.effects.get("is_close"))
        rule = str(decision.effects.get("consult", ""))
        self.asked.append(
            Consult(
                ticket_id=ticket.pk,
                department_id=asked.pk,
                place_id=ticket.department_id,
                source=Consult.Source.ROUTER if is_close else Consult.Source.RULE,
                question=rule,
                asked_at=self.now,
            )
        )
        # The router's own doubts are many: the queue holds them, and nobody is called for each.
        if not is_close:
            people = self.members.get(asked.slug, ())
            self._notify(ticket, people, Notice.Kind.CONSULTED, {"asked": asked.pk, "rule": rule})
        return {"asked": asked.pk, "rule": rule}

    def _tell(self, ticket: Ticket, decision: Decision) -> None:
        told = decision.effects.get("notify") or {}
        people = [*told.get("users", ())]
        for slug in told.get("departments", ()):
            people += self.members.get(slug, ())
        self._notify(ticket, people, Notice.Kind.RULE, {"rules": told.get("rules", [])})

    def _notify(
        self, ticket: Ticket, people: Collection[int], kind: str, data: dict[str, Any]
    ) -> None:
        # Who is asked in triage sees the ticket by the question that is being written.
        asked = [data["asked"]] if ticket.department_id is None and "asked" in data else []
        shown = (*ticket.shown_also_to, *asked)
        for pk in dict.fromkeys(people):
            access = self.access.get(pk)
            if access is not None and access.sees(ticket.department_id, shown):
                self.told.append(
                    Notice(
                        user_id=pk,
                        ticket_id=ticket.pk,
                        kind=kind,
                        key=f"{kind}:{ticket.pk}:{data.get('asked', 0)}",
                        data=data,
                        created_at=self.now,
                    )
                )


def _members(slugs: Collection[str]) -> dict[str, list[int]]:
    rows = Membership.objects.filter(department__slug__in=slugs) if slugs else ()
    members: dict[str, list[int]] = {}
    for row in rows.select_related("department") if rows else ():
        if row.department is not None:
            members.setdefault(row.department.slug, []).append(row.user_id)
    return members
