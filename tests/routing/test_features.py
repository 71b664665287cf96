"""Words and columns of posts."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import features
from routing.features import MAX_CHARACTERS, N_COLUMNS, N_WORD_COLUMNS


def words_of(text: str) -> list[str]:
    reading = features.read([text])
    return [reading.words(at, at) for at in range(len(reading.word_start))]


def test_a_post_is_read_as_its_words() -> None:
    assert words_of("@Acme I don't looooove #DeleteAcme http://a.b 😀 12€ ok?") == [
        *("‹addressed to the page›", "‹@name›", "i", "dont", "loove", "delete", "acme", "‹link›"),
        *("😀", "12", "€", "ok", "?"),
    ]


def test_shouting_is_told_from_speaking() -> None:
    assert words_of("WHERE IS MY PARCEL NOW")[-1] == "‹capitals›"
    assert words_of("where is my parcel now")[-1] == "now"


@pytest.mark.parametrize("handle", ["@AskNorwick", "@kestrelCare", "@fern_help", "@QuillSupport"])
def test_a_post_to_a_help_desk_says_so(handle: str) -> None:
    told = ["‹addressed to the page›", "‹addressed to a help desk›", "‹@name›", "hi"]
    assert words_of(f"{handle} hi") == told


@pytest.mark.parametrize(
    "post", ["@KestrelCareers hi", "@Norwick help", "hi @AskNorwick", "@Task_9"]
)
def test_another_handle_is_no_help_desk(post: str) -> None:
    assert "‹addressed to a help desk›" not in words_of(post)


def test_digits_differ_by_their_number_only() -> None:
    one, other = (features.read([text]).column.tolist() for text in ("order 1234", "order 9876"))
    assert one == other != features.read(["order 98765"]).column.tolist()


def test_pairs_do_not_reach_into_the_next_post() -> None:
    together = features.read(["palm", "oil"])
    assert not together.is_pair.any()
    assert features.read(["palm oil"]).is_pair.sum() == 1


@given(st.lists(st.text(max_size=40), min_size=1, max_size=6))
def test_a_post_has_the_same_columns_alone_and_in_a_batch(posts: list[str]) -> None:
    together = features.read(posts)
    for at, post in enumerate(posts):
        mine = together.column[together.word_post[together.word] == at]
        assert Counter(mine.tolist()) == Counter(features.read([post]).column.tolist())


@given(st.lists(st.text(max_size=40), min_size=1, max_size=6))
def test_counting_adds_up(posts: list[str]) -> None:
    reading = features.read(posts)
    counted = features.count_columns(reading)
    naive = Counter(
        zip(reading.word_post[reading.word].tolist(), reading.column.tolist(), strict=True)
    )
    found = zip(counted.post.tolist(), counted.column.tolist(), strict=True)
    assert dict(zip(found, counted.count.tolist(), strict=True)) == naive
    assert sorted(counted.entry_word.tolist()) == sorted(reading.word.tolist())


def test_character_columns_are_those_of_a_naive_reader() -> None:
    reading = features.read(["bread"])
    padded = " bread "
    wanted = sum(len(padded) - size + 1 for size in features.GRAMS)
    assert (reading.column >= N_WORD_COLUMNS).sum() == wanted
    assert reading.column.max() < N_COLUMNS


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n",
        "\0",
        "\ud800",
        "\u200b",
        "ﷺ" * 5_000,
        "😀" * 50_000,
        "a" * 50_000,
        "مرحبا بكم",
        "ﬃ" * 50_000,
    ],
    ids=lambda text: repr(text[:5]),
)
def test_any_text_can_be_read(text: str) -> None:
    reading = features.read([text[:60], text, "and one more"])
    assert len(reading.characters) < 4 * MAX_CHARACTERS
    assert np.all(features.count_columns(reading).post <= 2)
