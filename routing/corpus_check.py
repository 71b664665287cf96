"""What must be true of every starter post, and how many there are of each kind."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

from routing.corpus import PART_WEIGHTS, TOPICS_OF
from routing.likeness import nearness, shingles

Row = Mapping[str, str]

# A copy teaches nothing within a department; between two it teaches the opposite of itself.
TOO_NEAR, TOO_NEAR_ELSEWHERE = 0.6, 0.3
# Two languages in one post: Tagalog and Hindi, each with English.
MIXED_LANGUAGES = ("tl-en", "hi-en")
# Every topic is told in these languages at least once.
EVERYWHERE = ("en", "nl", "it")


def faults(rows: Sequence[Row]) -> list[str]:
    """What is wrong with the posts, a sentence each; nothing when all is well."""
    found = [fault for row in rows for fault in _faults_of(row)]
    for field in ("id", "text"):
        times = Counter(row[field] for row in rows)
        found += [
            f"{value[:60]}: this {field} occurs {n} times." for value, n in times.items() if n > 1
        ]
    told = {(row["topic"], row["lang"]) for row in rows}
    found += [
        f"No post about {topic} in {lang}."
        for topics in TOPICS_OF.values()
        for topic in topics
        for lang in EVERYWHERE
        if (topic, lang) not in told
    ]
    return found + _copies(rows)


def _faults_of(row: Row) -> list[str]:
    found = []
    if not row["text"].strip():
        found.append("There is no text.")
    if row["topic"] not in TOPICS_OF.get(row["department"], ()):
        found.append(f"{row['topic'] or 'No topic'} is none of {row['department'] or 'nobody'}'s.")
    if len(row["lang"]) != 2 and row["lang"] not in MIXED_LANGUAGES:
        found.append(f"The language {row['lang'] or '(none)'} is unknown.")
    if row["part"] not in PART_WEIGHTS:
        found.append(f"There is no part {row['part']}.")
    return [f"{row['id']}: {fault}" for fault in found]


def _copies(rows: Sequence[Row]) -> list[str]:
    """Pairs of posts that say the same in the same words."""
    runs = {row["id"]: shingles(row["text"]) for row in rows}
    department = {row["id"]: row["department"] for row in rows}
    sharing = defaultdict(list)
    for key, found in runs.items():
        for run in found:
            sharing[run].append(key)
    pairs = {pair for keys in sharing.values() for pair in combinations(keys, 2)}
    return [
        f"{one} and {other} say nearly the same."
        for one, other in sorted(pairs)
        if nearness(runs[one], runs[other])
        >= (TOO_NEAR if department[one] == department[other] else TOO_NEAR_ELSEWHERE)
    ]


def table(rows: Sequence[Row]) -> str:
    """The number of posts of each topic, by language, as Markdown."""
    counts = Counter((row["topic"], row["lang"]) for row in rows)
    of_language = Counter(row["lang"] for row in rows)
    languages = sorted(of_language, key=lambda lang: (-of_language[lang], lang))
    lines = [f"| topic | all | {' | '.join(languages)} |", "|---" * (len(languages) + 2) + "|"]
    for department, topics in TOPICS_OF.items():
        mine = [row for row in rows if row["department"] == department]
        by_language = Counter(row["lang"] for row in mine)
        lines.append(_line(f"**{department}**", [by_language[lang] for lang in languages]))
        lines += [_line(topic, [counts[topic, lang] for lang in languages]) for topic in topics]
    return "\n".join([*lines, _line("**all**", [of_language[lang] for lang in languages])])


def _line(name: str, counts: Sequence[int]) -> str:
    return f"| {name} | {sum(counts)} | {' | '.join(str(n or '') for n in counts)} |"
