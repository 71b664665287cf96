"""Posts that say the same are found, whoever they name and link to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.likeness import near_to, nearness, shingles

CALL = "Kestrel still buys palm oil from burnt rainforest. Stop it now, we are watching you!"


@pytest.mark.parametrize(
    "other",
    [
        CALL,
        CALL.upper(),
        f"@kestrel {CALL} https://petition.example/7",
        f"{CALL} Share!",
        CALL.replace(" ", "  ").replace("o", "o\u200b"),
    ],
)
def test_copies_are_near(other: str) -> None:
    assert near_to(CALL, {7: other}) == [7]


@pytest.mark.parametrize(
    "other", ["", "👍", "Does the rye bread contain palm oil?", "Stop it now!", CALL[:20]]
)
def test_other_things_are_not(other: str) -> None:
    assert near_to(CALL, {7: other}) == []


def test_short_posts_are_near_when_they_are_the_same() -> None:
    assert near_to("Thanks!", [(1, "thanks!"), (2, "No thanks!"), (3, "Thank you")]) == [1]


def test_what_only_links_is_near_to_nothing() -> None:
    assert near_to("https://a.example", {1: "https://a.example"}) == []


@given(st.text(), st.text())
def test_nearness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    a, b = shingles(one), shingles(other)
    assert 0 <= nearness(a, b) == nearness(b, a) <= 1
    assert nearness(a, a) == (1 if a else 0)
