"""One way to fold text, so that rules, classifier and language see what a reader sees."""

import re
import unicodedata
from functools import cache

# Characters a reader does not see (zero-width, bidi marks, soft hyphen, variation selectors,
# fillers, tags): they would otherwise split a word and so evade a rule.
_HIDDEN = re.compile(
    "[\u0000-\u0008\u000e-\u001b\u007f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
# Normalising sorts runs of combining marks, in quadratic time: nobody reads the ninth mark.
_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{8})"
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)

LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
DOMAIN = re.compile(
    r"(?<![\w@.-])(?:[\w-]+\.)+(?:com|org|net|co|ly|io|de|uk|fr|es|it|nl|be|me)(?:/\S*)?(?![\w@])",
    re.IGNORECASE,
)
HANDLE = re.compile(r"(?<![\w.])@\w[\w.]*")
HASHTAG = re.compile(r"#\w+")
CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])")
_DOMAIN_HINT = re.compile(r"\.[a-zA-Z]{2}")


def visible(text: str) -> str:
    """Return `text` in NFKC without the characters that nobody sees."""
    if not text.isascii():
        text = _MARKS.sub(r"\1", _HIDDEN.sub("", text))
        text = unicodedata.normalize("NFKC", text)
    elif text.isprintable():
        return text
    return _HIDDEN.sub("", text)


def fold(text: str) -> str:
    """Return `text` for comparing: NFKC, hidden characters gone, casefolded, spaces single.

    Folding again changes nothing, so a folded rule entry meets a folded post on equal terms.
    """
    folded = visible(text).casefold()
    # Casefolding may leave the normal form, and normalising the casefold: twice settles it.
    if not folded.isascii() and not _is_normal(folded):
        folded = visible(visible(folded).casefold())
    return " ".join(folded.split())


def _is_normal(shown: str) -> bool:
    return unicodedata.is_normalized("NFKC", shown) and not _MARKS.search(shown)


def mask_addresses(text: str, *, link: str, handle: str) -> str:
    """Return visible `text` with links and @handles replaced: their letters are nobody's words."""
    if "://" in text or "www." in text.lower():
        text = LINK.sub(link, text)
    if "." in text and _DOMAIN_HINT.search(text):
        text = DOMAIN.sub(link, text)
    return HANDLE.sub(handle, text) if "@" in text else text


@cache
def character_kinds() -> bytes:
    """Return one byte for each code point of the basic plane: 0 gap, 1 letter, 2 symbol."""
    kinds = bytearray(0x10000)
    for code in range(0x10000):
        category = unicodedata.category(chr(code))
        if category[0] in "LNM":
            kinds[code] = 1
        elif category in ("So", "Sc", "Co"):
            kinds[code] = 2
    return bytes(kinds)
