"""Conditions are read strictly, and what is wrong is said where it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.conditions import ConditionsError, document_of, parse, read
from tests.routing.test_matching import TREES
from tests.routing.trees import all_of


def faults(document: Any) -> list[tuple[tuple[int, ...], str]]:
    with pytest.raises(ConditionsError) as caught:
        parse(document)
    return [(fault.path, fault.message) for fault in caught.value.faults]


@given(TREES)
def test_what_is_written_is_what_was_read(tree: dict[str, Any]) -> None:
    read_once = parse(all_of(tree))
    assert parse(document_of(read_once)) == read_once


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "phrase", "near", "hour", "channel", "followers", "x"]),
            inner,
            max_size=2,
        )
    ),
    max_leaves=10,
)


@given(JSON)
def test_whatever_is_sent_is_read_or_refused(content: Any) -> None:
    for document in (content, {"format": 1, "tree": content}, all_of(content)):
        tree, found = read(document)
        assert tree is None or found or parse(document) == tree


@pytest.mark.parametrize(
    "document",
    [None, {}, [], {"tree": {"all": []}}, {"format": 2, "tree": {"all": [{"phrase": ["a"]}]}}],
)
def test_another_format_is_refused(document: Any) -> None:
    assert faults(document) == [((), "These are no conditions of a known format.")]


@pytest.mark.parametrize(
    ("leaf", "message"),
    [
        ({"phrase": []}, "at least one"),
        ({"phrase": [""]}, "empty"),
        ({"word": ["\u200b"]}, "empty"),
        ({"word": ["x" * 81]}, "too long"),
        ({"word": "oil"}, "list"),
        ({"word": [3]}, "list"),
        ({"word": [f"w{n}" for n in range(501)]}, "at most 500"),
        ({"author": ["@"]}, "empty"),
        ({"language": ["english"]}, "language code"),
        ({"channel": ["1"]}, "whole number"),
        ({"channel": [True]}, "whole number"),
        ({"kind": ["tweet"]}, "cannot be chosen"),
        ({"near": {"words": ["oil", "OIL"], "within": 2}}, "two different"),
        ({"near": {"words": ["palm", "oil"], "within": 51}}, "whole number"),
        ({"followers": {}}, "how much"),
        ({"followers": {"at_least": 9, "below": 9}}, "Nothing is"),
        ({"confidence": {"below": float("nan")}}, "number"),
        ({"hour": {"from": 8, "to": 8}}, "same hour"),
        ({"weekday": [7]}, "whole number"),
        ({"weekday": []}, "at least one"),
        ({"sky": ["blue"]}, "no condition “sky”"),
        ({"phrase": ["a"], "word": ["b"]}, "no condition"),
        ({"any": []}, "empty group"),
    ],
)
def test_a_wrong_condition_is_refused_by_its_place(leaf: dict[str, Any], message: str) -> None:
    ((path, said),) = faults(all_of({"phrase": ["fine"]}, {"any": [{"word": ["fine"]}, leaf]}))
    assert path == (1, 1)
    assert message in said


def test_every_fault_is_told_at_once() -> None:
    found = faults(all_of({"phrase": [""]}, {"none": [{"weekday": [9]}]}))
    assert [path for path, _message in found] == [(0,), (1, 0)]


def test_trees_are_neither_too_deep_nor_too_large() -> None:
    deep: dict[str, Any] = {"phrase": ["a"]}
    for _ in range(7):
        deep = {"any": [deep]}
    assert "at most 6 deep" in faults(all_of(deep))[0][1]
    wide = [{"phrase": [f"p{n}"]} for n in range(250)]
    assert "at most 200" in faults(all_of(*wide))[0][1]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("", "Write an expression."),
        ("refund (now", "missing )"),
        ("price [9-0]", "At character 8, “9-0”: invalid character class range."),
        ("(?<=a)b", "At character 1, “(?<=”: looking around is not supported"),
        ("a{2000}", "At character 2, “{2000}”: invalid repetition size."),
        (r"(\pL{800}){800}", "At character 5, “{800}”: invalid repetition size."),
        (r"\pL{1000}", "too large"),
        ("x" * 501, "at most 500 characters"),
        ("a*", "fits every text"),
        (r"(a)\1", "invalid escape sequence"),
    ],
)
def test_an_invalid_expression_is_told_where_and_why(pattern: str, message: str) -> None:
    ((_path, said),) = faults(all_of({"pattern": pattern}))
    assert message in said
