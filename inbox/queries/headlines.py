"""Where in a text the words were found, as safe HTML."""

from __future__ import annotations

import re
from typing import Any, TypeVar

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
WHOLE = f"StartSel={START}, StopSel={STOP}, HighlightAll=true"
PASSAGES = (
    f"StartSel={START}, StopSel={STOP}, MaxFragments=2, MinWords=8, MaxWords=26, "
    'FragmentDelimiter=" … "'
)


def with_headlines(rows: QuerySet[M], words: Words | None) -> QuerySet[Any]:
    """Rows with `text` and `search_config`, each with the passages for `headline_of` as `found`."""
    if words is None:
        return rows.annotate(found=Left("text", PLAIN))
    is_long = GreaterThan(Length("text"), SHORT)
    options = Case(When(is_long, then=Value(PASSAGES)), default=Value(WHOLE))
    text = _without_marks(Left("text", LONGEST))
    return rows.annotate(
        found=Func(
            F("search_config"),
            text,
            query_of_row(words),
            options,
            function="ts_headline",
            output_field=TextField(),
        )
    )


def headline_of(text: str) -> SafeString:
    """Escape everything, then turn pairs of the private marks into <mark>."""
    marked = MARKED.sub(r"<mark>\1</mark>", escape(text))
    return mark_safe(marked.translate(UNMARKED))  # noqa: S308 - escaped above


def _without_marks(text: Left) -> Func:
    return Func(
        text, Value(START + STOP), Value(""), function="translate", output_field=TextField()
    )
