"""What a network answered, remembered without secrets, so that it can be read again later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

HIDDEN = "***"
# Shorter ones are words that stand in any text.
SHORTEST_SECRET = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to one question: where it was asked, and what came."""

    path: str
    query: str
    status: int
    body: str


@dataclass(slots=True)
class Tape:
    """Answers in the order they came; a playing one gives them instead of the network."""

    secrets: frozenset[str] = frozenset()
    answers: list[Answer] = field(default_factory=list)
    is_playing: bool = False

    def note(
        self, address: str, params: Mapping[str, Any] | None, status: int, body: bytes
    ) -> None:
        """Remember an answer."""
        path, query = _asked(address, params)
        text = body.decode("utf-8", "replace")
        self.answers.append(Answer(path, self._hidden(query), status, self._hidden(text)))

    def take(self, address: str, params: Mapping[str, Any] | None) -> Answer | None:
        """The answer to this question, or the first at its path: times in it differ today."""
        path, query = _asked(address, params)
        there = [answer for answer in self.answers if answer.path == path]
        found = next((answer for answer in there if answer.query == query), None)
        found = found or next(iter(there), None)
        if found is not None:
            self.answers.remove(found)
        return found

    def as_bytes(self) -> bytes:
        """The answers as JSON."""
        rows = [[one.path, one.query, one.status, one.body] for one in self.answers]
        return json.dumps(rows, ensure_ascii=False).encode("utf-8", "replace")

    def _hidden(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return text


_tape: ContextVar[Tape | None] = ContextVar("tape", default=None)


def present() -> Tape | None:
    """The tape that runs, if one does."""
    return _tape.get()


@contextmanager
def recording(secrets: Iterable[str]) -> Iterator[Tape]:
    """Remember what networks answer meanwhile, `secrets` blotted out however they are written."""
    known = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
    written = {json.dumps(secret)[1:-1] for secret in known}
    escaped = {secret.replace("/", "\\/") for secret in known | written}
    quoted = {urlencode({"": secret})[1:] for secret in known}
    with _running(Tape(frozenset(known | written | escaped | quoted))) as tape:
        yield tape


@contextmanager
def playing(content: bytes) -> Iterator[Tape]:
    """Answer every question from what `as_bytes` kept; no network is asked. Raises `ValueError`."""
    answers = [Answer(*row) for row in json.loads(content)]
    with _running(Tape(answers=answers, is_playing=True)) as tape:
        yield tape


@contextmanager
def _running(tape: Tape) -> Iterator[Tape]:
    token = _tape.set(tape)
    try:
        yield tape
    finally:
        _tape.reset(token)


def _asked(address: str, params: Mapping[str, Any] | None) -> tuple[str, str]:
    parts = urlsplit(address)
    given = urlencode(sorted((str(k), str(v)) for k, v in (params or {}).items()))
    return parts.path, "&".join(filter(None, [parts.query, given]))
