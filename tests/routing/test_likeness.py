"""Which texts count as the same, and which as nearly so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import likeness

ONE = "My parcel 12345 never arrived, @shop, and I want my money back. Please help!"


def test_numbers_names_signs_and_links_make_no_difference() -> None:
    same = "my parcel 99 never arrived and I want my money back – please help https://x.example/1"
    assert likeness.digest(ONE) == likeness.digest(same)


def test_a_changed_word_makes_another_digest_but_is_alike() -> None:
    near = ONE.replace("help", "answer")
    assert likeness.digest(ONE) != likeness.digest(near)
    assert set(likeness.bands(ONE)) & set(likeness.bands(near))
    assert likeness.alike(ONE, near)


def test_texts_about_something_else_are_not_alike() -> None:
    other = "Boycott them, they burn down the forest for palm oil and lie about it."
    assert not set(likeness.bands(ONE)) & set(likeness.bands(other))
    assert not likeness.alike(ONE, other)


def test_a_text_without_words_is_like_nothing() -> None:
    assert likeness.bands("") == []
    assert not likeness.alike("", "")


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
    assert likeness.near_to(CALL, [(7, other)]) == [7]


@pytest.mark.parametrize(
    "other", ["", "👍", "Does the rye bread contain palm oil?", "Stop it now!", CALL[:20]]
)
def test_other_things_are_not(other: str) -> None:
    assert likeness.near_to(CALL, [(7, other)]) == []


def test_short_posts_are_near_when_they_are_the_same() -> None:
    assert likeness.near_to("Thanks!", [(1, "thanks!"), (2, "No thanks!"), (3, "Thank you")]) == [1]


def test_what_only_links_is_near_to_nothing() -> None:
    assert likeness.near_to("https://a.example", [(1, "https://a.example")]) == []


@given(st.text(max_size=200))
def test_any_text_is_like_itself_in_every_band(text: str) -> None:
    assert likeness.bands(text) == likeness.bands(text + " ")
    assert len(likeness.bands(text)) in {0, likeness.N_BANDS}
    assert all(-(2**63) <= band < 2**63 for band in likeness.bands(text))
    assert len(likeness.digest(text)) == 32
