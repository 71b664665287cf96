"""Which texts count as the same, and which as nearly so."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from routing.fingerprints import N_BANDS, bands, digest
from routing.likeness import near_to

ONE = "My parcel 12345 never arrived, @shop, and I want my money back. Please help!"


def test_numbers_names_signs_and_links_make_no_difference() -> None:
    same = "my parcel 99 never arrived and I want my money back – please help https://x.example/1"
    assert digest(ONE) == digest(same)


def test_a_changed_word_makes_another_digest_and_shares_a_band() -> None:
    near = ONE.replace("help", "answer")
    assert digest(ONE) != digest(near)
    assert near_to(ONE, {1: near})
    assert set(bands(ONE)) & set(bands(near))


def test_texts_about_something_else_share_no_band() -> None:
    other = "Boycott them, they burn down the forest for palm oil and lie about it."
    assert not set(bands(ONE)) & set(bands(other))


def test_a_text_without_words_has_no_band() -> None:
    assert bands("") == bands("https://x.example") == []


@given(st.text(max_size=200))
def test_any_text_shares_every_band_with_itself(text: str) -> None:
    assert bands(text) == bands(text + " ")
    assert len(bands(text)) in {0, N_BANDS}
    assert all(-(2**63) <= band < 2**63 for band in bands(text))
    assert len(digest(text)) == 32
