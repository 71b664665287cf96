"""Lets the demo's people do their work of a fortnight, and dates it as if it had happened then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from random import Random

from django.db import connection, transaction

from accounts.models import Department, User
from inbox.demo.content import load
from inbox.demo.people import email_of
from inbox.demo.rhythm import Rhythm
from inbox.demo.work import LEFT_IN_TRIAGE, Act, Case, Planner, Step
from inbox.models import Channel, Mention, Notice, Ticket, TicketEvent
from inbox.services import notes, tickets
from inbox.services.conflicts import Conflict, Refused

TICKETS_A_TRANSACTION = 200
READ_AFTER = timedelta(hours=20)

# What receiving stamps with the time of receipt belongs to the time of the post.
BACKDATE = (
    """
    UPDATE inbox_post SET received_at = posted_at + interval '2 seconds'
    WHERE channel_id = ANY(%(channels)s)
    """,
    """
    UPDATE inbox_contact c SET created_at = first.at
    FROM (SELECT contact_id, min(posted_at) AS at FROM inbox_post
          WHERE channel_id = ANY(%(channels)s) GROUP BY contact_id) first
    WHERE first.contact_id = c.id AND first.at < c.created_at
    """,
    """
    UPDATE routing_decision d SET created_at = t.opened_at + interval '2 seconds'
    FROM inbox_ticket t WHERE t.decision_id = d.id AND t.channel_id = ANY(%(channels)s)
    """,
    """
    UPDATE inbox_ticketevent e SET at = least(e.at, t.opened_at + interval '2 seconds')
    FROM inbox_ticket t
    WHERE t.id = e.ticket_id AND t.channel_id = ANY(%(channels)s)
      AND e.kind IN ('received', 'routed')
    """,
    """
    UPDATE inbox_ticketevent e
    SET at = coalesce(CASE e.kind WHEN 'edited' THEN p.edited_at ELSE p.deleted_at END, p.posted_at)
    FROM inbox_post p
    WHERE p.channel_id = ANY(%(channels)s) AND p.ticket_id = e.ticket_id
      AND e.kind IN ('edited', 'deleted') AND p.id = (e.data ->> 'post')::bigint
    """,
)

# What people did, by the ids and times of events; what hangs on an event follows it.
DATE_EVENTS = (
    """
    UPDATE inbox_ticketevent e SET at = done.at
    FROM unnest(%(ids)s::bigint[], %(at)s::timestamptz[]) done (id, at) WHERE e.id = done.id
    """,
    """
    UPDATE inbox_ticket t SET resolved_at = e.at FROM inbox_ticketevent e
    WHERE e.id = ANY(%(ids)s) AND e.kind = 'resolved'
      AND t.id = e.ticket_id AND t.state = 'resolved'
    """,
    """
    UPDATE inbox_ticketevent SET data = jsonb_set(data, '{after,resolved_at}', to_jsonb(at))
    WHERE id = ANY(%(ids)s) AND kind = 'resolved'
    """,
    """
    UPDATE inbox_handover h SET at = e.at FROM inbox_ticketevent e
    WHERE e.id = ANY(%(ids)s) AND e.kind = 'handed_over' AND h.id = (e.data ->> 'receipt')::bigint
    """,
    """
    UPDATE routing_lesson l SET at = e.at FROM inbox_ticketevent e
    WHERE e.id = ANY(%(ids)s) AND e.kind = 'handed_over' AND l.id = (e.data ->> 'lesson')::bigint
    """,
)
DATE_NOTES = (
    """
    UPDATE inbox_note n SET at = done.at
    FROM unnest(%(ids)s::bigint[], %(at)s::timestamptz[]) done (id, at) WHERE n.id = done.id
    """,
    """
    UPDATE inbox_ticketevent e SET at = n.at FROM inbox_note n
    WHERE n.id = ANY(%(ids)s) AND e.ticket_id = n.ticket_id AND e.kind = 'noted'
      AND (e.data ->> 'note')::bigint = n.id
    """,
    """
    UPDATE inbox_notice told SET created_at = n.at
    FROM inbox_note n WHERE n.id = ANY(%(ids)s) AND told.key = 'note:' || n.id
    """,
)


def backdate(channels: Iterable[Channel]) -> None:
    """Date everything received on `channels` to when it was written."""
    ids = [channel.pk for channel in channels]
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in BACKDATE:
            cursor.execute(statement, {"channels": ids})


def do_the_work(
    *,
    channels: Mapping[str, Channel],
    expected: Mapping[tuple[str, str], str],
    now: datetime,
    seed: int,
) -> int:
    """Carry out a fortnight of claims, notes, hand-overs and resolutions; return how many actions.

    Tickets somebody has touched are left alone, so a run that was cut short continues.
    """
    office = _Office(channels, expected, now, seed)
    waiting = office.waiting()
    for start in range(0, len(waiting), TICKETS_A_TRANSACTION):
        with transaction.atomic():
            for ticket, case in waiting[start : start + TICKETS_A_TRANSACTION]:
                office.work_on(ticket, case)
            office.date_it()
    return office.actions


class _Office:
    def __init__(
        self,
        channels: Mapping[str, Channel],
        expected: Mapping[tuple[str, str], str],
        now: datetime,
        seed: int,
    ) -> None:
        content = load()
        self.keys = {channel.pk: key for key, channel in channels.items()}
        self.expected = expected
        self.now = now
        self.seed = seed
        emails = {email_of(p["handle"]): p["handle"] for p in content.staff}
        people = User.objects.filter(email__in=emails).prefetch_related("memberships")
        self.people = {emails[user.email]: user for user in people}
        self.departments = {d.slug: d for d in Department.objects.all()}
        self.content = content
        self.actions = 0
        self._done: list[tuple[int, Step]] = []
        self._noted: list[tuple[int, Step]] = []

    def waiting(self) -> list[tuple[Ticket, Case]]:
        """Untouched tickets with what their planner needs; a dozen unclear ones stay in triage."""
        rows = (
            Ticket.objects.filter(channel__in=self.keys, is_touched=False, merged_into=None)
            .select_related("department", "opening_post")
            .order_by("opened_at", "id")
        )
        cases = [(ticket, self._case(ticket)) for ticket in rows]
        unsorted = [ticket.pk for ticket, case in cases if not case.department]
        left = set(unsorted[-LEFT_IN_TRIAGE:])
        return [(ticket, case) for ticket, case in cases if ticket.pk not in left]

    def work_on(self, ticket: Ticket, case: Case) -> None:
        """Do what the plan says, until somebody may not."""
        name = ticket.opening_post.external_id if ticket.opening_post else ticket.pk
        rng = Random(f"{self.seed}:{name}")  # noqa: S311 - a story, not a secret
        rhythm = Rhythm(rng, self.now, self.content.brand)
        planner = Planner(rng, rhythm, self.content.work, self.content.staff)
        for step in planner.plan(case):
            try:
                self._act(ticket, step)
            except (Conflict, Refused):
                return
            self.actions += 1

    def date_it(self) -> None:
        """Give what was just done the time it is meant to have happened."""
        with connection.cursor() as cursor:
            for statement, done in ((DATE_EVENTS, self._done), (DATE_NOTES, self._noted)):
                for part in statement:
                    cursor.execute(
                        part, {"ids": [pk for pk, _ in done], "at": [step.at for _, step in done]}
                    )
        old = Mention.objects.filter(note__at__lt=self.now - READ_AFTER, read_at=None)
        old.filter(note__in=[pk for pk, _ in self._noted]).update(read_at=self.now - READ_AFTER / 2)
        news = Notice.objects.filter(created_at__lt=self.now - READ_AFTER, read_at=None)
        news.filter(kind=Notice.Kind.MENTIONED).update(read_at=self.now - READ_AFTER / 2)
        self._done, self._noted = [], []

    def _case(self, ticket: Ticket) -> Case:
        post = ticket.opening_post
        place = ticket.department.slug if ticket.department else ""
        name = (self.keys[ticket.channel_id], post.external_id if post else "")
        return Case(
            department=place,
            expected=self.expected.get(name, place),
            opened_at=ticket.opened_at,
            last_post_at=ticket.last_post_at,
            is_answered=ticket.is_answered,
        )

    def _act(self, ticket: Ticket, step: Step) -> None:
        by = self.people[step.by]
        if step.act is Act.NOTE:
            self._noted.append((notes.add_note(ticket=ticket, text=step.value, by=by).pk, step))
        else:
            self._done.append((self._call(ticket, step, by).pk, step))

    def _call(self, ticket: Ticket, step: Step, by: User) -> TicketEvent:
        match step.act:
            case Act.CLAIM:
                return tickets.claim(ticket=ticket, by=by)
            case Act.ASSIGN:
                return tickets.assign(ticket=ticket, to=self.people[step.value], by=by)
            case Act.TAG:
                return tickets.set_tags(ticket=ticket, names=step.value, by=by)
            case Act.PRIORITY:
                return tickets.set_priority(ticket=ticket, priority=step.value, by=by)
            case Act.PENDING:
                return tickets.set_pending(ticket=ticket, by=by)
            case Act.SNOOZE:
                return tickets.snooze(ticket=ticket, until=step.value, by=by)
            case Act.HAND_OVER:
                slug, reason = step.value
                return tickets.hand_over(
                    ticket=ticket, to=self.departments[slug], by=by, reason=reason
                )
            case _:
                return tickets.resolve(ticket=ticket, by=by)
