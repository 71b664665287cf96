"""What people may write into the search field, and what it means."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 300
MOST_TERMS = 16
TERM = re.compile(r'(?P<minus>-)?(?:"(?P<phrase>[^"]*)(?:"|$)|(?P<word>[^\s"]+))')
HANDLE = re.compile(r"(?:from:@?|@)(?P<handle>[^\s@]+)", re.IGNORECASE)
NUMBER = re.compile(r"#(?P<number>\d{1,18})")


@dataclass(frozen=True, slots=True)
class Term:
    """One word, prefix or phrase that must, or must not, occur."""

    text: str
    is_prefix: bool = False
    is_excluded: bool = False

    def as_query(self) -> str:
        """The term in the language of PostgreSQL's `to_tsquery`."""
        quoted = self.text.replace("\\", "\\\\").replace("'", "''")
        return f"{'!' * self.is_excluded}'{quoted}'{':*' * self.is_prefix}"


@dataclass(frozen=True, slots=True)
class Wish:
    """A search text, understood. `number` is set when the text is `#123` alone."""

    terms: tuple[Term, ...] = ()
    handles: tuple[str, ...] = ()
    number: int | None = None
    was_cut: bool = False

    @property
    def has_words(self) -> bool:
        """Whether there is a word to look for, not only words to leave out."""
        return any(not term.is_excluded for term in self.terms)

    def as_query(self) -> str:
        """All terms for `to_tsquery`; "" without a word to look for."""
        return " & ".join(term.as_query() for term in self.terms) if self.has_words else ""


def understand(text: str) -> Wish:
    """Read words, `prefix*`, "a phrase", -not, @handle, from:handle and #123; never fails."""
    text = text.replace("\0", " ")
    was_cut = len(text) > LONGEST
    text = text[:LONGEST].strip()
    if found := NUMBER.fullmatch(text):
        return Wish(number=int(found["number"]))
    terms: list[Term] = []
    handles: list[str] = []
    for match in TERM.finditer(text):
        word = match["word"] or ""
        if not match["minus"] and (handle := HANDLE.fullmatch(word)):
            handles.append(handle["handle"].lower())
        elif term := _term(match["phrase"] or word, word=word, is_excluded=bool(match["minus"])):
            terms.append(term)
    was_cut = was_cut or len(terms) > MOST_TERMS
    return Wish(tuple(terms[:MOST_TERMS]), tuple(handles[:MOST_TERMS]), was_cut=was_cut)


def _term(text: str, *, word: str, is_excluded: bool) -> Term | None:
    is_prefix = word.endswith("*")
    text = text.strip("*").strip() if word else text.strip()
    if not any(c.isalnum() for c in text):
        return None
    return Term(text, is_prefix=is_prefix, is_excluded=is_excluded)
