"""Regular expressions that cannot hang: RE2 takes time linear in the text, whatever the pattern."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

import re2
from django.utils.translation import gettext as _

LONGEST_PATTERN = 500
_MEMORY = 1 << 20  # Bytes one compiled pattern may take; what needs more is refused.
_LIST_MEMORY = 32 << 20
# What goes wrong most often, said in words; RE2's own sentence does for the rest.
_UNSUPPORTED = ("(?=", "(?!", "(?<=", "(?<!", "(?<", "(?>")


class PatternError(ValueError):
    """An expression cannot be used; the message says where and why."""


@lru_cache(maxsize=1000)
def compiled(pattern: str) -> Any:
    """Compile `pattern`, which disregards case. Raises `PatternError`."""
    if len(pattern) > LONGEST_PATTERN:
        raise PatternError(_("An expression has at most %d characters.") % LONGEST_PATTERN)
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_capture = True
    options.max_mem = _MEMORY
    try:
        found = re2.compile(pattern, options)
    except re2.error as error:
        raise PatternError(_explained(pattern, error)) from None
    if found.search("") is not None:
        raise PatternError(_("This expression fits every text, even an empty one."))
    return found


class AnyOf:
    """Says in one pass which texts have any of many others in them."""

    def __init__(self, texts: Iterable[str]) -> None:
        options = re2.Options()
        options.log_errors = False
        options.never_capture = True
        options.max_mem = _LIST_MEMORY
        try:
            self._pattern = re2.compile("|".join(re2.escape(t) for t in sorted(texts)), options)
        except re2.error:  # Too many for the memory allowed: then every text may have one.
            self._pattern = None

    def may_be_in(self, texts: Sequence[str]) -> list[bool]:
        """Whether one is in each of `texts`; True when that cannot be told."""
        found = [self._pattern is None] * len(texts)
        if self._pattern is None or not texts:
            return found
        # To ask costs more than to search, so all texts are asked at once. Bytes are half the work
        # of a text, whose places would be counted in characters.
        written = [text.encode() for text in texts]
        whole = b"\n".join(written)
        starts = [0, *accumulate(len(text) + 1 for text in written)]
        at = 0
        while at <= len(whole) and (hit := self._pattern.search(whole, at)) is not None:
            number = bisect_right(starts, hit.start()) - 1
            found[number] = True
            at = starts[number + 1]
        return found


@lru_cache(maxsize=8)
def any_of(texts: frozenset[str]) -> AnyOf:
    """The `AnyOf` of these texts; sides of a rehearsal with the same rules share one."""
    return AnyOf(texts)


def _explained(pattern: str, error: Exception) -> str:
    said = error.args[0] if error.args else b""
    reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    reason, _colon, culprit = reason.partition(": ")
    at = pattern.find(culprit) if culprit else -1
    if culprit.startswith(_UNSUPPORTED):
        reason = _("looking around is not supported, because it can take for ever")
    if at < 0 or culprit == pattern:
        return _("The expression is not valid: %(reason)s.") % {"reason": reason}
    told = {"reason": reason, "culprit": culprit, "place": at + 1}
    return _("At character %(place)d, “%(culprit)s”: %(reason)s.") % told
