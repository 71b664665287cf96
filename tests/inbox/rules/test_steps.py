"""What the builder's buttons do to the tree of conditions."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.forms.conditions import Draft, draft_of
from inbox.forms.steps import Told, change
from routing.conditions import DEEPEST
from tests.routing.test_matching import TREES
from tests.routing.trees import all_of


def tree(text: str) -> Draft:
    """`a (b c) d` is a rule of three, of which the second is a group of two."""
    root = Draft("all")
    open_groups = [root]
    for mark in text.replace("(", "( ").replace(")", " )").split():
        if mark == ")":
            open_groups.pop()
            continue
        node = Draft("any") if mark == "(" else Draft("phrase", {"entries": [mark]})
        open_groups[-1].children.append(node)
        if mark == "(":
            open_groups.append(node)
    return root


def said(group: Draft) -> str:
    words = [f"({said(c)})" if c.is_group else c.fields["entries"][0] for c in group.children]
    return " ".join(words)


def deep(height: int, inside: str = "x") -> str:
    """So many groups inside each other."""
    return "(" * height + inside + ")" * height


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        ("a b c", "up:1", "b a c"),
        ("a b c", "down:1", "a c b"),
        ("a b", "up:0", "a b"),
        ("a b", "down:1", "a b"),
        ("a (b c) d", "down:0", "(a b c) d"),
        ("a (b c) d", "up:2", "a (b c d)"),
        ("a (b c) d", "up:1.0", "a b (c) d"),
        ("a (b c) d", "down:1.1", "a (b) c d"),
        ("a (b c) d", "up:1", "(b c) a d"),
        ("(a) (b)", "up:1", "(a (b))"),
        ("(a) (b)", "down:0.0", "() a (b)"),
        ("((a b)) c", "down:0.0.1", "((a) b) c"),
        ("() a", "up:1", "(a)"),
    ],
)
def test_up_and_down_go_through_the_rule_as_it_reads(before: str, action: str, after: str) -> None:
    draft = tree(before)
    change(draft, action)
    assert said(draft) == after


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        ("a (b c) d", "move:0:1.1", "(b a c) d"),
        ("a (b c) d", "move:0:1.2", "(b c a) d"),
        ("a (b c) d", "move:1.0:3", "a (c) d b"),
        ("a (b c) d", "move:1.0:0", "b a (c) d"),
        ("a b c", "move:0:2", "b a c"),
        ("a b c", "move:2:0", "c a b"),
        ("a b c", "move:0:1", "a b c"),
        ("(a) () b", "move:0:1.0", "((a)) b"),
        ("(a (b)) c", "move:0:0.1.0", "(a (b)) c"),
        ("(a (b)) c", "move:0:0.0", "(a (b)) c"),
        ("a b", "move:0:1.0", "a b"),
        ("a b", "move:0:7.0", "a b"),
        ("a b", "move:7:0", "a b"),
        ("a b", "move:0", "a b"),
        ("a b", "move:0:", "a b"),
        ("a b", "move:0:-1", "a b"),
        ("a b", "move::0", "a b"),
    ],
)
def test_what_is_dragged_lands_where_it_was_let_go(before: str, action: str, after: str) -> None:
    draft = tree(before)
    change(draft, action)
    assert said(draft) == after


def test_a_step_knows_where_the_node_stands_now() -> None:
    draft = tree("a (b c) d")
    step = change(draft, "move:0:1.2")
    assert step
    assert (step.path, step.told) == ((0, 2), Told.MOVED)
    assert draft.at(step.path).fields["entries"] == ["a"]


def test_of_two_alike_the_one_that_was_asked_moves() -> None:
    draft = tree("a b a")
    change(draft, "up:2")
    assert said(draft) == "a a b"


def test_nothing_is_dragged_deeper_than_the_format_allows() -> None:
    before = f"(x) {deep(DEEPEST - 1)}"
    draft = tree(before)
    step = change(draft, "move:0:" + ".".join(["1", *["0"] * (DEEPEST - 1)]))
    assert step
    assert step.told == Told.REFUSED
    assert said(draft) == before


def test_who_walks_passes_by_a_group_in_which_it_would_be_too_deep() -> None:
    draft = tree(f"{deep(DEEPEST - 1)} (y)")
    there = change(draft, "down:0")
    assert there
    assert there.told == Told.PASSED
    assert said(draft) == f"(y) {deep(DEEPEST - 1)}"
    change(draft, "up:1")
    assert said(draft) == f"{deep(DEEPEST - 1)} (y)"


@pytest.mark.parametrize("action", ["group", "wrap"])
def test_no_group_is_made_deeper_than_the_format_allows(action: str) -> None:
    before = deep(DEEPEST - 1)
    draft = tree(before)
    deepest = [0] * (DEEPEST - (1 if action == "group" else 0))
    step = change(draft, f"{action}:{'.'.join(map(str, deepest))}")
    assert step
    assert step.told == Told.REFUSED
    assert said(draft) == before


def nodes(draft: Draft) -> list[Draft]:
    return [draft, *(below for child in draft.children for below in nodes(child))]


def places(draft: Draft, path: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    below = [place for n, c in enumerate(draft.children) for place in places(c, (*path, n))]
    return [*([path] if path else []), *below]


@given(TREES, st.data())
def test_whatever_moved_is_moved_back_by_the_other_button(
    conditions: dict[str, Any], data: st.DataObject
) -> None:
    draft = draft_of(all_of(conditions))
    before, count = draft.as_json(), Counter(map(id, nodes(draft)))
    path = data.draw(st.sampled_from(places(draft)))
    verb, back = data.draw(st.sampled_from([("up", "down"), ("down", "up")]))
    step = change(draft, f"{verb}:{'.'.join(map(str, path))}")
    assert Counter(map(id, nodes(draft))) == count
    if step:
        change(draft, f"{back}:{'.'.join(map(str, step.path))}")
    assert draft.as_json() == before
