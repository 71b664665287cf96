"""Words and character n-grams of many posts at once, hashed into columns with numpy alone.

scikit-learn's own vectorizers need 1.6 ms for one post and forget which word a column came from;
here a batch is one array of code points, so that a post costs tens of microseconds and every
column still knows its word, which is what makes a reason for each decision affordable.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from routing import text as texts

UINT = np.uint64
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

# Raised whenever the same text would fill other columns: an older model must then be refused.
FEATURES_VERSION = 2
MAX_CHARACTERS = 4_000  # A post says early what it is about; longer ones are read up to here.
CHUNK = 256  # Posts read at once: the arrays of a chunk stay within the processor's cache.
WORD_BITS = CHARACTER_BITS = 18
N_WORD_COLUMNS = 1 << WORD_BITS
N_COLUMNS = N_WORD_COLUMNS + (1 << CHARACTER_BITS)
GRAMS = (3, 4, 5)

# Private-use characters stand for what is alike in every post; a reason shows their names.
LINK, HANDLE, CAPITALS, ADDRESSED = "\ue000", "\ue001", "\ue002", "\ue003"
DESK = "\ue004"
MARKER_NAMES = {
    LINK: "‹link›",
    HANDLE: "‹@name›",
    CAPITALS: "‹capitals›",
    ADDRESSED: "‹addressed to the page›",
    DESK: "‹addressed to a help desk›",
}
# Handles are made alike, but what a page calls itself is known to who writes to it.
_DESK_HANDLE = re.compile(
    r"@(?:ask[a-z_]|\w*(?:help|(?<!health)care(?!er)|support|service|assist))", re.IGNORECASE
)

_GAP, _LETTER, _SYMBOL = 0, 1, 2
_SPACE = UINT(0x20)
_STEP = UINT(0x9E3779B97F4A7C15)
_MIX = UINT(0xD6E8FEB86659FD93)
_PLACES = np.random.default_rng(20).integers(1, 1 << 63, size=64, dtype=UINT) | UINT(1)


def prepare(post: str) -> str:
    """Return `post` as the classifier reads it: folded, with links and handles made alike."""
    shown = texts.visible(post[:MAX_CHARACTERS])[:MAX_CHARACTERS]
    opening = ADDRESSED if shown.lstrip()[:1] == "@" else ""
    if opening and _DESK_HANDLE.match(shown.lstrip()):
        opening += f" {DESK}"
    shown = texts.mask_addresses(shown, link=f" {LINK} ", handle=f" {HANDLE} ")
    closing = CAPITALS if len(shown) > 15 and shown.isupper() else ""
    if "#" in shown:
        shown = texts.HASHTAG.sub(lambda tag: texts.CAMEL.sub(" ", tag[0]), shown)
    shown = shown.replace("'", "").replace("\u2019", "").casefold()
    return f"{opening} {shown[:MAX_CHARACTERS]} {closing}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a chunk of posts holds: its words, and the columns each of them fills."""

    n_posts: int
    characters: str
    word_start: I64
    word_end: I64
    word_post: I64
    column: I64  # One entry for each occurrence of a word, word pair or character n-gram …
    word: I64  # … with the word it belongs to (a pair: its first word) …
    is_pair: Mask  # … and whether it spans that word and the next.

    def words(self, first: int, last: int) -> str:
        """The words from `first` to `last` as a person reads them."""
        shown = self.characters[self.word_start[first] : self.word_end[last]]
        if first == last and shown.isascii():
            return shown
        if not shown.isascii():
            for marker, name in MARKER_NAMES.items():
                shown = shown.replace(marker, name)
        return " ".join(shown.split())


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    kinds = np.frombuffer(texts.character_kinds(), dtype=np.uint8).copy()
    kinds[[ord("?"), ord("!")]] = _SYMBOL
    return kinds


def _buckets(hashes: U64, bits: int) -> I64:
    mixed = (hashes ^ (hashes >> UINT(29))) * _MIX
    return (mixed >> UINT(64 - bits)).astype(np.int64)


def _code_points(posts: Sequence[str]) -> tuple[npt.NDArray[np.uint32], I64]:
    """The characters of all posts in one array, and the post each belongs to."""
    prepared = [prepare(post) for post in posts]
    joined = "\n" + "\n".join(prepared) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le", "replace"), dtype=np.uint32)
    lengths = [len(post) + 1 for post in prepared]
    lengths[0] += 1
    owner = np.repeat(np.arange(len(posts)), lengths)
    drawn_out = np.zeros(len(codes), dtype=bool)  # "soooo" and "soo" are one word.
    drawn_out[2:] = (codes[2:] == codes[1:-1]) & (codes[2:] == codes[:-2]) & (codes[2:] > 0x20)
    if not drawn_out.any():
        return codes, owner
    return codes[~drawn_out], owner[~drawn_out]


def _word_columns(letters: U64, in_word: Mask, word_of: I64, start: I64, post: I64) -> list[I64]:
    place = np.arange(len(letters)) - start[np.maximum(word_of, 0)]
    mixed = np.where(in_word, letters * _PLACES[np.minimum(np.maximum(place, 0), 63)], UINT(0))
    words: U64 = np.add.reduceat(mixed, start)
    neighbours = (post[:-1] == post[1:]).nonzero()[0]
    pairs = (words[neighbours] * _STEP + words[neighbours + 1]) ^ _MIX
    return [_buckets(words, WORD_BITS), _buckets(pairs, WORD_BITS), neighbours]


def _gram_columns(letters: U64, is_letter: Mask, word_of: I64) -> tuple[I64, I64]:
    """Character n-grams inside one word, its edges included, and the word each lies in."""
    padded = np.where(is_letter, letters, _SPACE)
    grams, whole = padded[:-1] * _STEP + padded[1:], np.ones(len(padded) - 1, dtype=bool)
    hashes, places = [], []
    for size in GRAMS:
        grams = grams[:-1] * _STEP + padded[size - 1 :]
        whole = whole[:-1] & is_letter[size - 2 : -1]
        at = whole.nonzero()[0]
        hashes.append(grams[at] + UINT(size))
        places.append(at)
    columns = _buckets(np.concatenate(hashes), CHARACTER_BITS) + N_WORD_COLUMNS
    return columns, word_of[np.concatenate(places) + 1]


def read(posts: Sequence[str]) -> Reading:
    """Read at least one and at most `CHUNK` posts into words and columns."""
    codes, owner = _code_points(posts)
    kinds = np.full(len(codes), _SYMBOL, dtype=np.uint8)  # Beyond the basic plane: mostly emoji.
    basic = codes < 0x10000
    kinds[basic] = _kinds()[codes[basic]]
    is_letter, is_symbol = kinds == _LETTER, kinds == _SYMBOL
    starts, ends = is_symbol.copy(), is_symbol.copy()
    starts[1:] |= is_letter[1:] & ~is_letter[:-1]
    ends[:-1] |= is_letter[:-1] & ~is_letter[1:]
    start = starts.nonzero()[0]
    end = ends.nonzero()[0] + 1
    characters = codes.tobytes().decode("utf-32-le", "replace")
    if not len(start):
        nothing = start.astype(bool)
        return Reading(len(posts), characters, start, end, start, start, start, nothing)
    post = owner[start]
    word_of = np.cumsum(starts) - 1
    letters = codes.astype(UINT)
    letters[(codes >= 0x30) & (codes <= 0x39)] = 0x30  # How many digits matters, not which.

    words, pairs, first = _word_columns(letters, kinds != _GAP, word_of, start, post)
    grams, inside = _gram_columns(letters, is_letter, word_of)
    is_pair = np.zeros(len(words) + len(pairs) + len(grams), dtype=bool)
    is_pair[len(words) : len(words) + len(pairs)] = True
    return Reading(
        n_posts=len(posts),
        characters=characters,
        word_start=start,
        word_end=end,
        word_post=post,
        column=np.concatenate((words, pairs, grams)),
        word=np.concatenate((np.arange(len(words)), first, inside)),
        is_pair=is_pair,
    )


def chunks(posts: Sequence[str]) -> Iterator[Reading]:
    """Read any number of posts, `CHUNK` at a time, in order."""
    for at in range(0, len(posts), CHUNK):
        yield read(posts[at : at + CHUNK])


@dataclass(frozen=True, slots=True)
class Columns:
    """The distinct columns of each post of a chunk, in order of posts, and how often they occur."""

    post: I64
    column: I64
    count: I64
    entry_word: I64  # For each occurrence, grouped as `count` says.
    entry_is_pair: Mask

    def damped(self) -> npt.NDArray[np.float32]:
        """What is said twice counts for more than once, but not twice: 1 + ln(count)."""
        damped = np.ones(len(self.count), dtype=np.float32)
        often = (self.count > 1).nonzero()[0]
        damped[often] += np.log(self.count[often])
        return damped


_WORD_FIELD = 22  # Bits for word and pair flag: a chunk holds fewer than 2**21 characters.
_COLUMN_FIELD = 19


def beginnings(values: I64) -> npt.NDArray[np.intp]:
    """Where a run of one value begins in `values`."""
    is_first = np.empty(len(values), dtype=bool)
    is_first[:1] = True
    np.not_equal(values[1:], values[:-1], out=is_first[1:])
    return is_first.nonzero()[0]


def count_columns(reading: Reading) -> Columns:
    """Count how often each column occurs in each post of `reading`."""
    # One sort of packed integers is several times faster than sorting by three keys.
    packed = (
        (reading.word_post[reading.word] << (_COLUMN_FIELD + _WORD_FIELD))
        | (reading.column << _WORD_FIELD)
        | (reading.word << 1)
        | reading.is_pair
    )
    packed.sort()
    head = packed >> _WORD_FIELD
    at = beginnings(head)
    count = np.empty_like(at)
    count[:-1] = at[1:] - at[:-1]
    count[-1:] = len(packed) - at[-1:]
    distinct = head[at]
    entries = packed & ((1 << _WORD_FIELD) - 1)
    return Columns(
        post=distinct >> _COLUMN_FIELD,
        column=distinct & ((1 << _COLUMN_FIELD) - 1),
        count=count,
        entry_word=entries >> 1,
        entry_is_pair=(entries & 1).astype(bool),
    )
