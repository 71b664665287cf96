"""Regular expressions that cannot hang: RE2 takes time linear in the text, whatever the pattern."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
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
    """Says in one pass whether a text has any of many others in it."""

    def __init__(self, texts: Iterable[str]) -> None:
        options = re2.Options()
        options.log_errors = False
        options.never_capture = True
        options.max_mem = _LIST_MEMORY
        try:
            self._pattern = re2.compile("|".join(re2.escape(t) for t in sorted(texts)), options)
        except re2.error:  # Too many for the memory allowed: then every text may have one.
            self._pattern = None
        # A rehearsal asks of each text thrice.
        self._last: tuple[str | None, bool] = (None, True)

    def may_be_in(self, text: str) -> bool:
        """Whether one is in `text`; True when that cannot be told."""
        if self._pattern is None:
            return True
        asked, answer = self._last
        if asked is not text:
            # Bytes are half the work of a text, whose places would be counted in characters.
            answer = self._pattern.search(text.encode()) is not None
            self._last = text, answer
        return answer


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
