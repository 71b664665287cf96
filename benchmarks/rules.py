"""A hundred rules against posts: what they add to each post that comes in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from benchmarks.harness import Figure, Writer, at_most, seconds
from routing.conditions import needles_of, parse
from routing.facts import Facts
from routing.matching import Subject
from routing.models import Rule
from routing.patterns import AnyOf
from routing.queries import ReadyRule, RulesOfDay

RULES, POSTS, ROUNDS = 100, 500, 5


def measure() -> Iterator[Figure]:
    """Return microseconds a post."""
    writer = Writer()
    posts = [
        Facts(text=writer.text(), network="forum", language="en", author_handle=f"u{number}")
        for number in range(POSTS)
    ]
    rules = [_rule(writer, number) for number in range(RULES)]
    found = frozenset().union(*(needles_of(rule.conditions) or () for rule in rules))
    wordless = [rule for rule in rules if not rule.asks_for_words]
    day = RulesOfDay(rules, wordless, AnyOf(found))
    yield _figure("a post made ready", lambda: [Subject.of(post) for post in posts])
    subjects = [Subject.of(post) for post in posts]
    usual = _figure("100 rules, no post has a word of theirs", lambda: _hold(day, subjects))
    yield at_most(usual.name, usual.value, usual.unit, 200)
    everything = RulesOfDay(rules, wordless, None)
    yield _figure("100 rules, every one tried", lambda: _hold(everything, subjects))
    yield Figure("rules without words, of these", len(wordless), "rules")


def _hold(day: RulesOfDay, subjects: list[Subject]) -> int:
    return sum(
        ready.conditions.match(subject) is not None
        for subject, tried in zip(subjects, day.worth_trying(subjects), strict=True)
        for ready in tried
    )


def _figure(name: str, work: Callable[[], object]) -> Figure:
    best = min(seconds(work) for _ in range(ROUNDS))
    return Figure(name, best / POSTS * 1e6, "µs/post")


def _rule(writer: Writer, number: int) -> ReadyRule:
    """One of five usual kinds, on words that nobody writes."""
    words = [f"{writer.random.choice('qxz')}{writer.random.randrange(10**6)}" for _ in range(6)]
    phrase = {"phrase": [f"{one} {other}" for one, other in pairwise(words)]}
    pattern = {"pattern": rf"\b{words[0]}-\d+"}
    nodes = [
        [phrase],
        [{"word": words}],
        [{"network": ["facebook"]}, phrase],
        [{"any": [phrase, pattern]}],
        [{"language": ["de"]}, {"none": [phrase]}],
    ][number % 5]
    tree = parse({"format": 1, "tree": {"all": nodes}})
    return ReadyRule(Rule(name=f"Rule {number}"), tree, needles_of(tree) is not None)
