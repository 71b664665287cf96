"""Rules match what a naive reading of them says, whatever people write."""

from __future__ import annotations

import re
import time
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.classifier import Verdict
from routing.conditions import explain, needles_of, parse
from routing.facts import Facts
from routing.matching import Subject, are_near, contains_word
from routing.patterns import AnyOf
from routing.text import fold
from tests.routing.trees import all_of

ALPHABET = st.sampled_from("ab_1 ß\u0301\u200bİÉ-'#.")
SHORT = st.text(ALPHABET, max_size=6)
ENTRY = SHORT.filter(fold)
HANDLE = SHORT.filter(lambda entry: fold(entry).lstrip("@"))
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def verdict(**said: Any) -> Verdict:
    blank = {"label": "", "confidence": 0.0, "probabilities": {}, "runner_up": "", "reasons": []}
    return Verdict(**{**blank, **said})


def matches(node: dict[str, Any], said: Verdict | None = None, **facts: Any) -> list[str] | None:
    lists = facts.pop("lists", frozenset())
    subject = Subject.of(Facts(**{"text": "", **facts}), verdict=said, lists=lists)
    return parse(all_of(node)).match(subject)


def naive_word(text: str, word: str) -> bool:
    def wordlike(c: str) -> bool:
        return c.isalnum() or c == "_" or unicodedata.category(c).startswith("M")

    for at in range(len(text)):
        if text[at : at + len(word)] != word:
            continue
        around = text[:at][-1:], text[at + len(word) :][:1]
        edges = word[0], word[-1]
        if not any(a and wordlike(a) and wordlike(b) for a, b in zip(around, edges, strict=True)):
            return True
    return False


def naive(node: dict[str, Any], facts: Facts, said: Verdict, lists: frozenset[str]) -> bool:
    """Read the JSON as a person would, without any of the code that matches."""
    ((kind, content),) = node.items()
    if kind in {"all", "any", "none"}:
        held = [naive(child, facts, said, lists) for child in content]
        return {"all": all(held), "any": any(held), "none": not any(held)}[kind]
    if kind in {"followers", "urgency", "confidence"}:
        number = facts.followers if kind == "followers" else getattr(said, kind)
        below = content.get("below", float("inf"))
        return number is not None and content.get("at_least", 0) <= number < below
    if kind in {"phrase", "word", "pattern"}:
        return naive_text(kind, content, facts.text)
    if kind == "hour":
        return facts.posted_at is not None and _between(content, facts.posted_at.hour)
    return not naive_traits(kind, facts, said, lists).isdisjoint(
        {_handle(entry) for entry in content} if kind == "author" else content
    )


def naive_text(kind: str, content: Any, text: str) -> bool:
    if kind == "pattern":
        return re.search(content, text, re.IGNORECASE | re.ASCII) is not None
    if kind == "phrase":
        return any(fold(entry) in fold(text) for entry in content)
    return any(naive_word(fold(text), fold(entry)) for entry in content)


def naive_traits(
    kind: str, facts: Facts, said: Verdict, lists: frozenset[str]
) -> frozenset[str | int | None]:
    """What the post is among."""
    weekday = facts.posted_at.weekday() if facts.posted_at else None
    found: dict[str, frozenset[Any]] = {
        "channel": frozenset([facts.channel_id]),
        "network": frozenset([facts.network]),
        "author": frozenset([_handle(facts.author_handle)]),
        "kind": frozenset([facts.kind, "own_post_comment" if facts.is_under_own_post else ""]),
        "list": lists,
        # The open incidents of these posts are called like the lists of their authors.
        "incident": lists | ({"any"} if lists else set()),
        "thread": frozenset(["follow_up" if facts.is_follow_up else "new"]),
        "weekday": frozenset([weekday]),
        "language": frozenset([facts.language]),
        "earlier": frozenset([facts.earlier_department]),
        "topic": frozenset([said.topic]),
        "sentiment": frozenset([said.sentiment]),
        "guess": frozenset([said.label]),
    }
    return found[kind]


def _handle(text: str) -> str:
    return fold(text).lstrip("@")


def _between(content: dict[str, int], hour: int) -> bool:
    start, end = content["from"], content["to"]
    return start <= hour < end if start < end else hour >= start or hour < end


def _some(*entries: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(entries), min_size=1, max_size=2, unique=True)


def _amounts(most: int) -> st.SearchStrategy[dict[str, int]]:
    number = st.integers(0, most)
    one = st.fixed_dictionaries({"at_least": number}) | st.fixed_dictionaries({"below": number})
    return one | st.tuples(number, number).filter(lambda pair: pair[0] < pair[1]).map(
        lambda pair: {"at_least": pair[0], "below": pair[1]}
    )


def _kinds(**kinds: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of([st.fixed_dictionaries({kind: inner}) for kind, inner in kinds.items()])


LEAVES = _kinds(
    phrase=st.lists(ENTRY, min_size=1, max_size=2),
    word=st.lists(ENTRY, min_size=1, max_size=2),
    pattern=st.sampled_from(["a+b", "^a", "1$", "[ab]1", "b-"]),
    channel=_some(1, 2, 3),
    network=_some("facebook", "x"),
    kind=_some("comment", "review", "own_post_comment"),
    author=st.lists(HANDLE, min_size=1, max_size=2),
    list=_some("vip", "press"),
    incident=_some("any", "vip", "press"),
    earlier=_some("pr", "marketing"),
    language=_some("en", "de"),
    topic=_some("delivery", "refund"),
    sentiment=_some("negative", "positive"),
    guess=_some("pr", "hr"),
    weekday=_some(0, 1, 5, 6),
    thread=_some("new", "follow_up"),
    followers=_amounts(10),
    urgency=_amounts(3),
    confidence=_amounts(1),
    hour=st.tuples(st.integers(0, 23), st.integers(0, 23))
    .filter(lambda hours: hours[0] != hours[1])
    .map(lambda hours: {"from": hours[0], "to": hours[1]}),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: _kinds(
        **{kind: st.lists(inner, min_size=1, max_size=3) for kind in ("all", "any", "none")}
    ),
    max_leaves=8,
)
FACTS = st.builds(
    Facts,
    text=st.text(ALPHABET, max_size=30),
    language=st.sampled_from(["", "en", "de"]),
    channel_id=st.sampled_from([None, 1, 2, 3]),
    network=st.sampled_from(["", "facebook", "x"]),
    author_handle=SHORT,
    kind=st.sampled_from(["post", "comment", "review"]),
    followers=st.none() | st.integers(0, 12),
    posted_at=st.none() | st.integers(0, 300).map(lambda hours: MONDAY + timedelta(hours=hours)),
    earlier_department=st.sampled_from(["", "pr", "marketing"]),
    is_follow_up=st.booleans(),
    is_under_own_post=st.booleans(),
)
VERDICTS = st.builds(
    verdict,
    label=st.sampled_from(["pr", "hr"]),
    confidence=st.sampled_from([0.0, 0.5, 1.0]),
    topic=st.sampled_from(["", "delivery", "refund"]),
    sentiment=st.sampled_from(["", "negative", "positive"]),
    urgency=st.integers(0, 3),
)
LISTS = st.frozensets(st.sampled_from(["vip", "press"]))


@given(TREES, FACTS, VERDICTS, LISTS)
def test_a_rule_matches_exactly_when_a_naive_reader_says_so(
    tree: dict[str, Any], facts: Facts, said: Verdict, lists: frozenset[str]
) -> None:
    if _pattern_meets_hidden_text(tree, facts):
        return
    subject = Subject.of(facts, verdict=said, lists=lists, incidents=lists)
    found = parse(all_of(tree)).match(subject)
    assert (found is not None) == naive(tree, facts, said, lists)


def _pattern_meets_hidden_text(tree: dict[str, Any], facts: Facts) -> bool:
    """Expressions read the visible text, which this naive reader does not work out."""
    return "pattern" in str(tree) and not facts.text.isascii()


@given(TREES, FACTS, VERDICTS, LISTS)
def test_each_light_says_what_its_own_condition_says(
    tree: dict[str, Any], facts: Facts, said: Verdict, lists: frozenset[str]
) -> None:
    subject = Subject.of(facts, verdict=said, lists=lists, incidents=lists)
    whole = parse(all_of(tree))
    lit = explain(whole, subject)
    assert lit.is_met == (whole.match(subject) is not None)
    for light in lit.walk():
        assert light.is_met == (light.node.match(subject) is not None)


@given(TREES, FACTS, VERDICTS, LISTS)
def test_a_post_without_any_needle_of_a_rule_does_not_match_it(
    tree: dict[str, Any], facts: Facts, said: Verdict, lists: frozenset[str]
) -> None:
    subject = Subject.of(facts, verdict=said, lists=lists, incidents=lists)
    node = parse(all_of(tree))
    needles = needles_of(node)
    if needles is not None and node.match(subject) is not None:
        assert any(needle in subject.text for needle in needles)
        assert AnyOf(needles).may_be_in([subject.text]) == [True]


@given(st.lists(st.text("abé\n", max_size=6)), st.sets(st.text("abé", min_size=1), min_size=1))
def test_of_many_texts_asked_at_once_each_answers_as_if_it_were_alone(
    texts: list[str], needles: set[str]
) -> None:
    expected = [any(needle in text for needle in needles) for text in texts]
    assert AnyOf(needles).may_be_in(texts) == expected


@given(st.text(ALPHABET, max_size=30), ENTRY)
def test_a_whole_word_is_found_exactly_where_a_naive_reader_finds_it(text: str, word: str) -> None:
    assert contains_word(fold(text), fold(word)) == naive_word(fold(text), fold(word))


WORDS = st.lists(st.sampled_from(["palm", "oil", "is", "in", "it"]), max_size=20)


@given(WORDS, st.integers(1, 5))
def test_words_are_near_exactly_when_some_pair_is(words: list[str], within: int) -> None:
    places = {name: [n for n, w in enumerate(words) if w == name] for name in ("palm", "oil")}
    expected = any(abs(a - b) <= within for a in places["palm"] for b in places["oil"])
    assert are_near(" ".join(words), "palm", "oil", within) == expected


def test_a_phrase_may_lie_inside_a_word_and_a_word_may_not() -> None:
    assert matches({"phrase": ["art"]}, text="a party") == ["art"]
    assert matches({"word": ["art"]}, text="a party") is None
    assert matches({"word": ["art"]}, text="party, (ART)!") == ["art"]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("c++", "I write c++."),
        ("राम", "राम आया"),
        ("#ad", "this is #Ad"),
        ("🔥", "so 🔥🔥 hot"),
        ("не", "ну не да"),
    ],
)
def test_words_of_any_script_and_with_signs_are_found(word: str, text: str) -> None:
    assert matches({"word": [word]}, text=text) is not None


def test_a_letter_with_a_mark_is_another_letter() -> None:
    assert matches({"word": ["रा"]}, text="राम") is None


def test_handles_match_with_and_without_their_sign() -> None:
    assert matches({"author": ["@Lena.K"]}, author_handle="lena.k") == ["@lena.k"]
    assert matches({"author": ["@Lena.K"]}, author_handle="lena") is None


def test_a_reason_names_what_matched() -> None:
    tree = {"all": [{"channel": [4]}, {"network": ["facebook"]}, {"phrase": ["Palm Oil"]}]}
    found = matches(tree, text="no PALM oil", network="facebook", channel_id=4)
    assert found == ["#4", "facebook", "palm oil"]


def test_an_expression_disregards_case_and_sees_through_hidden_characters() -> None:
    assert matches({"pattern": r"\bKB-\d{4}\b"}, text="my order k\u200bb-1234!") == ["kb-1234"]


def test_hours_and_weekdays_are_meant_in_the_organisations_time_zone() -> None:
    late_sunday_in_london = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    facts = Facts(text="", posted_at=late_sunday_in_london)
    tree = parse(all_of({"weekday": [0]}, {"hour": {"from": 22, "to": 6}}))
    assert tree.match(Subject.of(facts, zone=ZoneInfo("Europe/Berlin"))) == ["0", "0:00"]
    assert tree.match(Subject.of(facts)) is None


def test_without_a_classifier_nothing_is_known_and_nothing_sure() -> None:
    assert matches({"guess": ["pr"]}) is None
    assert matches({"confidence": {"below": 0.5}}) is not None
    assert matches({"urgency": {"at_least": 1}}) is None


@pytest.mark.parametrize("text", ["ab" * 25_000, "a" * 50_000, "a " * 25_000, "a b " * 12_500])
def test_fifty_thousand_characters_are_matched_in_no_time(text: str) -> None:
    tree = parse(
        all_of(
            {"none": [{"word": ["a" * 80, "b-a", *(f"aa{n}" for n in range(97))]}]},
            {"none": [{"near": {"words": ["a", "c"], "within": 50}}]},
            {"none": [{"pattern": r"(a+)+$x"}, {"pattern": r"(a|a|ab)*[^ab ]y"}]},
        )
    )
    subject = Subject.of(Facts(text=text))
    started = time.process_time()
    tree.match(subject)
    assert time.process_time() - started < 1
