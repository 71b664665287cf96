"""Where in a text the words were found, as safe HTML."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from django.contrib.postgres.search import SearchHeadline
from django.db.models import Case, F, Func, Model, QuerySet, TextField, Value, When
from django.db.models.functions import Left, Length
from django.db.models.lookups import GreaterThan
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from inbox.queries.matching import Words, query_of_row

M = TypeVar("M", bound=Model)
# Private-use characters cannot be part of what people write for others to read.
START, STOP = "\ue000", "\ue001"
MARKED = re.compile(f"{START}([^{START}{STOP}]*){STOP}")
UNMARKED = str.maketrans("", "", START + STOP)
LONGEST = 50_000
PLAIN = 220
# Texts up to this length are shown whole.
SHORT = 240


def with_headlines(rows: QuerySet[M], words: Words | None) -> QuerySet[Any]:
    """Rows with `text` and `search_config`, each with the passages for `headline_of` as `found`."""
    if words is None:
        return rows.annotate(found=Left("text", PLAIN))
    query = query_of_row(words)
    passages = _marked(query, max_fragments=2, min_words=8, max_words=26, fragment_delimiter=" … ")
    whole = _marked(query, highlight_all=True)
    is_long = GreaterThan(Length("text"), SHORT)
    return rows.annotate(found=Case(When(is_long, then=passages), default=whole))


def _marked(query: Case, **options: Any) -> SearchHeadline:
    text = _without_marks(Left("text", LONGEST))
    config = F("search_config")
    return SearchHeadline(text, query, config=config, start_sel=START, stop_sel=STOP, **options)


def headline_of(text: str) -> SafeString:
    """Escape everything, then turn pairs of the private marks into <mark>."""
    marked = MARKED.sub(r"<mark>\1</mark>", escape(text))
    return mark_safe(marked.translate(UNMARKED))  # noqa: S308 - escaped above


def _without_marks(text: Left) -> Func:
    return Func(
        text, Value(START + STOP), Value(""), function="translate", output_field=TextField()
    )
