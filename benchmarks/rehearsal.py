"""A rehearsal of a rule, a threshold and a model over 100,000 decisions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from django.core.management.color import no_style
from django.db import connection
from django.utils import timezone

from benchmarks.harness import Figure, Writer, at_most, fresh_database, seconds
from routing import services
from routing.facts import Facts
from routing.models import Decision, RouterModel, Rule
from routing.services.rehearsing import rehearse

DECISIONS, MADE, RULES = 100_000, 2_000, 30
LIMIT = 20


def measure() -> Iterator[Figure]:
    """Return seconds for each kind of change."""
    with fresh_database():
        writer = Writer()
        for number in range(RULES):
            services.create_rule(by=None, **_rule(writer, number))
        _decide(writer)
        definition = {
            "name": "Oil",
            "conditions": _tree({"phrase": ["palm oil", "never again"]}),
            "place": "department",
            "department": "pr",
        }
        yield _figure("a new rule", {"kind": "create", "definition": definition})
        ids = list(Rule.objects.order_by("-position").values_list("pk", flat=True))
        yield _figure("another order of 30 rules", {"kind": "order", "ids": ids})
        yield _figure("another threshold", {"kind": "threshold", "threshold": 0.8})
        yield _figure("another model", {"kind": "model", "model": _other_model()})


def _figure(name: str, change: dict[str, Any]) -> Figure:
    found: dict[str, Any] = {}
    spent = seconds(lambda: found.update(rehearse(change)))
    if found["result"]["n"] != DECISIONS:
        raise RuntimeError("Not every decision was replayed.")
    return at_most(f"{name}, {found['result']['moved']:,} would move", spent, "s", LIMIT)


def _decide(writer: Writer) -> None:
    """Decide some posts and store each decision many times over."""
    facts = [
        Facts(
            text=writer.text(),
            language="en",
            network="facebook",
            author_handle=f"u{number}",
            posted_at=timezone.now(),
        )
        for number in range(MADE)
    ]
    Decision.objects.bulk_create(services.decide_batch(facts))
    columns = [str(f.column) for f in Decision._meta.local_fields if f.column != "id"]  # noqa: SLF001
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO routing_decision ({names}) "  # noqa: S608 - columns of our own
            f"SELECT {names} FROM routing_decision, generate_series(2, %s)",
            [DECISIONS // MADE],
        )
        for sql in connection.ops.sequence_reset_sql(no_style(), [Decision]):
            cursor.execute(sql)
        cursor.execute("ANALYZE routing_decision")


def _other_model() -> str:
    """The model in charge under another name: every post is judged anew on one side."""
    model = RouterModel.objects.get(is_active=True)
    model.pk, model.version, model.is_active = None, "other", False
    model.save()
    return model.version


def _rule(writer: Writer, number: int) -> dict[str, Any]:
    words = [f"{writer.random.choice('qxz')}{writer.random.randrange(10**6)}" for _ in range(6)]
    nodes: list[dict[str, Any]] = [
        {"phrase": [f"{one} {other}" for one, other in pairwise(words)]},
        {"all": [{"word": words}, {"network": ["facebook"]}]},
        {"all": [{"language": ["de"]}, {"followers": {"at_least": 10_000}}]},
    ]
    return {"name": f"Rule {number}", "conditions": _tree(nodes[number % 3]), "place": "triage"}


def _tree(node: dict[str, Any]) -> dict[str, Any]:
    return {"format": 1, "tree": {"all": [node]}}
