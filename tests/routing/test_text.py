"""Folding: what a reader sees is what is compared."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.text import fold, mask_addresses, visible


@pytest.mark.parametrize(
    "written",
    [
        "palm oil",
        "PALM  OIL",
        "palm\u00a0oil",
        "p\u200bal\u200dm\u2060 oil",
        "\ufeffpa\u00adlm oil",
        "ｐａｌｍ ｏｉｌ",
        "𝐩𝐚𝐥𝐦 𝐨𝐢𝐥",
        "palm\n\toil",
        "\u202epalm\u202c oil",
        "pa\U000e0061lm oil",
        "p\x00alm oil",
    ],
)
def test_disguises_are_seen_through(written: str) -> None:
    assert fold(written) == "palm oil"


def test_composed_and_decomposed_letters_are_equal() -> None:
    assert fold("Café Größe İ") == fold(unicodedata.normalize("NFD", "CAFÉ GRÖSSE İ"))


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_folding_leaves_nothing_unseen_and_no_outer_space(text: str) -> None:
    folded = fold(text)
    assert folded == folded.strip()
    assert visible(folded) == folded


@pytest.mark.parametrize(
    "text",
    [
        "a" * 50_000,
        "a." * 25_000,
        "@a" * 25_000,
        "#a" * 25_000,
        "a\u0301\u0323" * 16_000,
        "a" + "\u0301\u0323" * 25_000,
        "\u200b" * 50_000,
        "😀" * 50_000,
        "www." * 12_500,
        "http://" * 7_000,
        " " * 50_000,
        "-." * 25_000,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_long_hostile_text_takes_no_time(text: str) -> None:
    started = time.process_time()
    mask_addresses(fold(text), link=" ", handle=" ")
    assert time.process_time() - started < 0.5


def test_links_and_handles_are_masked_and_addresses_of_people_are_not() -> None:
    masked = mask_addresses(
        "@Acme see https://a.b/c?d and shop.acme.com/x, mail me@acme.org", link="L", handle="H"
    )
    assert masked == "H see L and L mail me@acme.org"
