"""A database of a million tickets, built once a run by SQL, and how fast that went."""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from accounts.models import Department, Membership, User
from benchmarks.harness import WORDS, Figure, Writer

MILLION = 1_000_000
SMALL = 10_000
AGENTS = 40
SNIPPETS = 40_000
# Ranks of the made-up vocabulary; a word's frequency falls with its rank, as in real text.
VOCABULARY = 20_000
SYLLABLES = ("ba", "ke", "lo", "mi", "nu", "ra", "so", "ti", "ve", "zu")
TABLES = ("ticket", "post", "contact", "note", "ticketevent", "ticket_tags")
# Keeps the built databases for the next run, for whoever works on queries.
KEEP = "CROSSDESK_KEEP_BENCH"
_built: set[str] = set()


def measure() -> Iterator[Figure]:
    """Build it; the figures say what everything else was measured on."""
    start = time.perf_counter()
    with million():
        yield Figure("time to build", time.perf_counter() - start, "s")
        with connection.cursor() as cursor:
            for table in ("ticket", "post", "contact"):
                cursor.execute(f"SELECT count(*) FROM inbox_{table}")  # noqa: S608 - our own names
                yield Figure(f"{table}s", cursor.fetchone()[0], "rows")
            cursor.execute("SELECT count(*) FROM inbox_ticket WHERE state = 'open'")
            yield Figure("open tickets", cursor.fetchone()[0], "rows")
            cursor.execute("SELECT pg_database_size(current_database()) / 1e6")
            yield Figure("size", float(cursor.fetchone()[0]), "MB")


@contextmanager
def million(tickets: int = MILLION) -> Iterator[None]:
    """Work on a database with so many tickets; built the first time, dropped at the very end."""
    normal = connection.settings_dict["NAME"]
    name = f"{connection.settings_dict['TEST']['NAME']}_{tickets}"
    _create(name)
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        if not _is_built(tickets):
            call_command("migrate", verbosity=0)
            fill(tickets)
            _note_done(tickets)
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = normal


def word(rank: int) -> str:
    """The made-up word of that rank, from 1."""
    if rank <= len(WORDS):
        return WORDS[rank - 1]
    letters = "".join(SYLLABLES[int(digit)] for digit in f"{rank:05d}")
    return f"{letters}q"


def _create(name: str) -> None:
    with connection._nodb_cursor() as cursor:  # noqa: SLF001 - as Django's own test runner does
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(f'CREATE DATABASE "{name}"')
    if name not in _built and not os.environ.get(KEEP):
        atexit.register(_drop, name)
    _built.add(name)


def _drop(name: str) -> None:
    connection.close()
    with connection._nodb_cursor() as cursor:  # noqa: SLF001
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _is_built(tickets: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('bench_done')")
        if cursor.fetchone()[0] is None:
            return False
        cursor.execute("SELECT tickets FROM bench_done")
        return bool(cursor.fetchone()[0] == tickets)


def _note_done(tickets: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_done AS SELECT %s::int AS tickets", [tickets])


def fill(tickets: int) -> list[int]:
    """Put so many tickets and what belongs to them into an empty database; keys of its agents."""
    people = _people()
    with connection.cursor() as cursor:
        _snippets(cursor)
        indexes = _drop_indexes(cursor)
        keys = _drop_foreign_keys(cursor)
        values: dict[str, int | list[int] | list[int | None] | datetime] = {
            "tickets": tickets,
            "snippets": SNIPPETS,
            "recent": tickets * 3 // 100,
            "agents": people,
            "departments": _departments(),
            "now": timezone.now() - timedelta(minutes=1),
        }
        for statement in STATEMENTS:
            cursor.execute(statement, values)
        for definition in [*indexes, *keys]:
            cursor.execute(definition)
        cursor.execute("DROP TABLE snippet")
        cursor.execute("VACUUM ANALYZE")
    return people


def _people() -> list[int]:
    """Forty agents, spread over the departments; the first one is in customer service."""
    password = make_password(None)
    people = User.objects.bulk_create(
        User(
            email=f"agent{n}@bench.example",
            handle=f"agent{n}",
            name=f"Agent {n}",
            password=password,
        )
        for n in range(AGENTS)
    )
    departments = list(Department.objects.order_by("position"))
    Membership.objects.bulk_create(
        Membership(user=user, department=departments[n % 4], role="agent")
        for n, user in enumerate(people)
    )
    return [user.pk for user in people]


def _departments() -> list[int | None]:
    """Keys so that a tenth picks a department with the weight it has in life; None is triage."""
    keys = dict(Department.objects.values_list("slug", "pk"))
    cs, marketing, pr, hr = (keys[s] for s in ("customer_service", "marketing", "pr", "hr"))
    return [cs, cs, cs, cs, cs, marketing, marketing, pr, hr, None]


def _snippets(cursor: CursorWrapper) -> None:
    """Half-sentences out of which every text is put together."""
    writer = Writer()
    words = [word(rank) for rank in range(1, VOCABULARY + 1)]
    weights = [1 / rank for rank in range(1, VOCABULARY + 1)]
    chosen = iter(writer.random.choices(words, weights, k=SNIPPETS * 12))
    cursor.execute("CREATE TEMP TABLE snippet (id int PRIMARY KEY, text text)")
    with cursor.copy("COPY snippet (id, text) FROM STDIN") as copy:
        for number in range(SNIPPETS):
            length = writer.random.randint(4, 12)
            copy.write_row((number, " ".join(next(chosen) for _ in range(length))))
    cursor.execute("ANALYZE snippet")


def _drop_indexes(cursor: CursorWrapper) -> Sequence[str]:
    """Drop what no constraint needs; return how to make it again once the rows are there."""
    cursor.execute(
        "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid "
        "WHERE t.relname = ANY(%s) AND NOT i.indisunique",
        [[f"inbox_{table}" for table in TABLES]],
    )
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f'DROP INDEX "{name}"')
    return [definition for _name, definition in found]


def _drop_foreign_keys(cursor: CursorWrapper) -> Sequence[str]:
    """Drop the keys between the tables; checked once at the end they cost a tenth of row by row."""
    cursor.execute(
        "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)",
        [[f"inbox_{table}" for table in TABLES]],
    )
    found = cursor.fetchall()
    for table, name, _definition in found:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    return [
        f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'
        for table, name, definition in found
    ]


STATEMENTS = (
    """INSERT INTO inbox_channel (id, name, network, connector, page_name, own_ids, url,
        reopen_within, is_active, created_at, settings)
    SELECT n, 'Page ' || n, (ARRAY['facebook', 'x', 'forum', 'instagram'])[1 + n %% 4], 'webhook',
        'Kestrel', '{}', '', interval '14 days', true, now(), '{}'
    FROM generate_series(1, 8) n""",
    """INSERT INTO inbox_contact (id, network, external_id, handle, name, url, created_at)
    SELECT n, (ARRAY['facebook', 'x', 'forum', 'instagram'])[1 + n %% 4], 'u' || n,
        'person' || n, 'Person ' || n, '', now()
    FROM generate_series(1, %(tickets)s / 3) n""",
    """INSERT INTO inbox_tag (id, name) SELECT n, 'tag ' || n FROM generate_series(1, 20) n""",
    """INSERT INTO routing_decision (id, department_id, method, confidence, probabilities,
        runner_up, model_version, reasons, facts, created_at, fired, effects, consult,
        topic, topic_confidence, sentiment, urgency, urgency_cues, spam, vector)
    SELECT n, (%(departments)s::bigint[])[1 + n %% 10], 'classifier', 0.8,
        '{"hr": 0.05, "pr": 0.05, "marketing": 0.1, "customer_service": 0.8}', 'marketing', 'v1',
        '[{"word": "parcel", "weight": 1.2}, {"word": "late", "weight": 0.8}]',
        jsonb_build_object('text', repeat('words of the post ', 12)), %(now)s, '[]', '{}', '',
        'delivery', 0.7, 'negative', 0, '[]', '', decode(repeat('3c00', 384), 'hex')
    FROM generate_series(greatest(1, %(tickets)s - 100000), %(tickets)s) n""",
    """INSERT INTO inbox_ticket (id, channel_id, contact_id, department_id, decision_id, state,
        priority, assignee_id, opening_post_id, excerpt, language, is_private, is_answered,
        is_touched, post_count, opened_at, last_post_at, snoozed_until, resolved_at, due_at,
        sla_used, first_response_breached, resolution_breached, approval_by_leads, consulted,
        shown_to)
    SELECT n, 1 + n %% 8, 1 + (n * 7919::bigint) %% (%(tickets)s / 3),
        (%(departments)s::bigint[])[1 + n %% 10],
        CASE WHEN n >= %(tickets)s - 100000 THEN n END, state,
        CASE WHEN n %% 50 = 0 THEN 3 WHEN n %% 11 = 0 THEN 2 ELSE 1 END,
        CASE WHEN state = 'resolved' OR n %% 5 < 3
            THEN (%(agents)s::bigint[])[1 + (n / 7) %% array_length(%(agents)s::bigint[], 1)] END,
        n, left(a.text || ' ' || b.text, 280), CASE WHEN n %% 10 < 7 THEN 'en' ELSE 'de' END,
        n %% 9 = 0, state <> 'open', false, CASE WHEN state = 'resolved' THEN 1 ELSE 10 END,
        %(now)s - (%(tickets)s - n) * interval '1 minute',
        %(now)s - (%(tickets)s - n) * interval '1 minute' + interval '30 seconds',
        CASE WHEN state = 'snoozed' THEN %(now)s + interval '1 day' END,
        CASE WHEN state = 'resolved' THEN %(now)s END,
        CASE WHEN state = 'open' AND n %% 3 > 0 THEN %(now)s + (n %% 200 - 40) * interval '1 minute'
            ELSE '9999-01-01 00:00+00' END,
        0, false, false, false, '{}', '{}'
    FROM (SELECT n, (n * 31) %% 100 AS roll FROM generate_series(1, %(tickets)s) n) numbered
    CROSS JOIN LATERAL (SELECT CASE
        WHEN n > %(tickets)s - %(recent)s AND roll < 60 THEN 'open'
        WHEN n > %(tickets)s - %(recent)s AND roll < 68 THEN 'pending'
        WHEN n > %(tickets)s - %(recent)s AND roll < 71 THEN 'snoozed'
        WHEN n %% 490 = 0 THEN 'open' ELSE 'resolved' END AS state) s
    JOIN snippet a ON a.id = (n * 7919::bigint) %% %(snippets)s
    JOIN snippet b ON b.id = (n * 104729::bigint + n / %(snippets)s) %% %(snippets)s""",
    """INSERT INTO inbox_post (id, channel_id, external_id, ticket_id, contact_id, kind, text,
        language, search_config, is_own, is_private, is_stub, url, attachments, counts,
        parent_external_id, posted_at, received_at, details)
    SELECT t.id + nth * %(tickets)s::bigint, t.channel_id, 'p' || t.id || '-' || nth, t.id,
        CASE WHEN nth %% 3 < 2 THEN t.contact_id END, 'comment',
        a.text || '. ' || b.text || '.', t.language,
        (CASE WHEN t.language = 'de' THEN 'german' ELSE 'english' END)::regconfig, nth %% 3 = 2,
        false, false, '', '[]', '{"like": 3}', '',
        t.opened_at + nth * interval '3 seconds', t.opened_at, '{}'
    FROM inbox_ticket t CROSS JOIN LATERAL generate_series(0, t.post_count - 1) nth
    JOIN snippet a ON a.id = (t.id * 7919::bigint + nth * 13) %% %(snippets)s
    JOIN snippet b ON b.id = (t.id * 104729::bigint + t.id / %(snippets)s + nth) %% %(snippets)s""",
    """INSERT INTO inbox_note (ticket_id, author_id, text, at, search_config)
    SELECT t.id, (%(agents)s::bigint[])[1 + t.id %% 40], a.text, t.opened_at, 'english'
    FROM inbox_ticket t JOIN snippet a ON a.id = t.id %% %(snippets)s WHERE t.id %% 20 = 0""",
    """INSERT INTO inbox_ticketevent (ticket_id, kind, actor_id, at, data)
    SELECT t.id, kind, CASE WHEN kind = 'claimed' THEN t.assignee_id END, t.opened_at,
        jsonb_build_object('after', jsonb_build_object('assignee', t.assignee_id))
    FROM inbox_ticket t CROSS JOIN unnest(ARRAY['received', 'routed', 'claimed']) kind
    WHERE t.id > %(tickets)s - 100000""",
    """INSERT INTO inbox_ticket_tags (ticket_id, tag_id)
    SELECT id, 1 + (id / 7) %% 20 FROM inbox_ticket WHERE id %% 7 = 0""",
    """SELECT setval(pg_get_serial_sequence('inbox_' || t, 'id'), 100000000)
    FROM unnest(ARRAY['ticket', 'post', 'contact', 'channel', 'tag']) t""",
    """SELECT setval(pg_get_serial_sequence('routing_decision', 'id'), 100000000)""",
)
