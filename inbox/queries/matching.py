"""Words as PostgreSQL understands them in each language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import BooleanField, Case, F, Func, Value, When
from django.db.models.expressions import Combinable

from inbox.models.search import CONFIGURATIONS

SIMPLE = "simple"
LANGUAGES = {name: code for code, name in CONFIGURATIONS.items()}


@dataclass(frozen=True, slots=True)
class Words:
    """One `tsquery` a text-search configuration; those made of stop words alone are missing."""

    by_configuration: Mapping[str, str]
    left_out: tuple[str, ...]

    @property
    def anywhere(self) -> str:
        """Matches whatever one of the languages matches, and perhaps more: for the index."""
        return " | ".join(f"( {query} )" for query in dict.fromkeys(self.by_configuration.values()))


def words_of(query: str) -> Words:
    """Stem a `to_tsquery` text in every language there is; one query."""
    languages = LANGUAGES | {SIMPLE: ""}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, to_tsquery(name::regconfig, %s)::text FROM unnest(%s::text[]) name",
            [query, list(languages)],
        )
        found = dict(cursor.fetchall())
    return Words(
        by_configuration={name: found[name] for name in languages if found[name]},
        left_out=tuple(languages[name] for name in languages if not found[name]),
    )


def matches(words: Words) -> tuple[list[Func], list[Func]]:
    """Conditions for rows with `search` and `search_config`: for the index, and to be exact."""
    same_everywhere = len(set(words.by_configuration.values())) == 1 and not words.left_out
    exact = [] if same_everywhere else [_at(query_of_row(words))]
    return [_at(Value(words.anywhere))], exact


def query_of_row(words: Words) -> Combinable:
    """The `tsquery` for a row, in the row's own language."""
    queries = {name: words.by_configuration.get(name, "") for name in (*LANGUAGES, SIMPLE)}
    # Most languages leave most words alone: what they agree on needs no case of its own.
    (usual, _number) = Counter(queries.values()).most_common(1)[0]
    others = {name: query for name, query in queries.items() if query != usual}
    if not others:
        return _as_tsquery(usual)
    cases = (When(_is_in(name), then=_as_tsquery(query)) for name, query in others.items())
    return Case(*cases, default=_as_tsquery(usual))


def matches_simply(words: Words) -> Func:
    """The condition for rows whose `search` was built without stemming."""
    return _at(Value(words.by_configuration.get(SIMPLE, "")))


def _is_in(configuration: str) -> Func:
    return Func(
        F("search_config"),
        Value(configuration),
        template="(%(expressions)s::regconfig)",
        arg_joiner=" = ",
        output_field=BooleanField(),
    )


def _as_tsquery(query: str) -> Func:
    return Func(Value(query), template="%(expressions)s::tsquery", output_field=BooleanField())


def _at(query: Combinable) -> Func:
    return Func(
        F("search"),
        query,
        template="(%(expressions)s::tsquery)",
        arg_joiner=" @@ ",
        output_field=BooleanField(),
    )
