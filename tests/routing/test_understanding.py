"""Urgency, spam and tone: told from lists of phrases, with the words that told it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import spam, tone
from routing.labels import CUES, TOPICS, URGENCIES, cue_name, topic_name
from routing.phrasebook import PhraseBook, rows_of, words_of
from routing.text import fold
from routing.urgency import HIGHEST, KINDS, urgency_of


def urgency(text: str) -> tuple[int, list[str]]:
    return urgency_of(words_of(text))


def is_spam(text: str) -> str:
    return spam.spam_of(text, words_of(text))


@pytest.mark.parametrize(
    ("text", "level", "cue"),
    [
        ("The charger caught fire on my desk!", 3, "danger: caught fire"),
        ("I CAN’T go on anymore", 3, "self-harm: cant go on anymore"),
        ("es riecht nach Gas im Flur", 3, "danger: riecht nach gas"),
        (
            "someone is going to hurt your staff, I know where you live",
            3,
            "threat: hurt your staff",
        ),
        ("You will hear from my lawyer", 2, "legal: my lawyer"),
        ("Estamos tirados en el aeropuerto", 2, "distress: tirados en el aeropuerto"),
        ("nog steeds storing in de hele straat", 2, "outage: storing"),
        ("Comment by 5, we are on deadline", 2, "press: comment by"),
        ("please answer asap", 1, "hurry: asap"),
        ("Lovely bread, thank you", 0, None),
        ("", 0, None),
    ],
)
def test_urgency_has_a_level_and_the_words_that_say_so(
    text: str, level: int, cue: str | None
) -> None:
    found, cues = urgency(text)
    assert found == level
    assert (cues[0] if cues else None) == cue


def test_the_gravest_cue_comes_first_and_there_are_three_at_most() -> None:
    level, cues = urgency("urgent, asap, my lawyer, a gas leak, nobody answers, in tears")
    assert level == HIGHEST
    assert cues[0] == "danger: gas leak"
    assert len(cues) == 3


@pytest.mark.parametrize(
    "text", ["this game is fire", "my phone died", "killing it with this look"]
)
def test_a_manner_of_speaking_is_not_urgent(text: str) -> None:
    assert urgency(text)[0] < 2


def test_every_kind_of_cue_has_a_name_and_every_level_too() -> None:
    kinds = {row["kind"] for row in rows_of("urgency_cues.csv")}
    assert kinds == set(KINDS) == set(CUES)
    assert len(URGENCIES) == HIGHEST + 1
    assert cue_name("press: on deadline") == "press deadline: on deadline"
    assert topic_name("data_breach") == str(TOPICS["data_breach"])
    assert topic_name("own_topic") == "own topic"


@pytest.mark.parametrize(
    "text",
    [
        "Earn money online with no effort, see www.rich.example.com",
        "Gana dinero desde casa, escríbeme al +34 600 000 000",
        "Congratulations you won! Claim your prize",
        "Buy followers cheap, DM me",
        "#a #b #c #d #e #f #g #h #i #j #k #l great",
    ],
)
def test_an_offer_with_a_way_to_take_it_up_is_spam_and_says_why(text: str) -> None:
    assert is_spam(text)


@pytest.mark.parametrize(
    "text",
    [
        "I never asked for an instant loan, why is it on my statement?",
        "Your link https://example.com is broken",
        "Call me on +44 20 7946 0000 please, my parcel is lost",
        "Message me on the app when it ships",
        "",
    ],
)
def test_one_sign_alone_is_no_spam(text: str) -> None:
    assert is_spam(text) == ""


def test_one_author_saying_the_same_is_a_machine_but_many_are_a_campaign() -> None:
    words = "Stop the dam, save the valley now"
    assert spam.repeated([("bot", words)] * 3) == [True] * 3
    assert spam.repeated([("bot", words), ("bot", words.upper() + "!")]) == [False, False]
    assert spam.repeated([(f"person{n}", words) for n in range(9)]) == [False] * 9
    assert spam.repeated([("", words)] * 9) == [False] * 9
    assert spam.repeated([("fan", "Thank you!")] * 9) == [False] * 9


def tone_of(text: str) -> float:
    _, column, value = tone.columns_of([text], [words_of(text)])
    return float(dict(zip(column.tolist(), value.tolist(), strict=True)).get(5, 0.0))


def test_a_not_turns_the_tone_round() -> None:
    assert tone_of("this is good") > 0 > tone_of("this is not good")
    assert tone_of("wirklich schlecht") < 0 < tone_of("wunderbar 😍")


def test_no_texts_have_no_tone() -> None:
    post, column, value = tone.columns_of([], [])
    assert len(post) == len(column) == len(value) == 0


@given(st.text(max_size=300))
def test_any_text_can_be_understood(text: str) -> None:
    words = words_of(text)
    assert 0 <= urgency_of(words)[0] <= HIGHEST
    assert isinstance(spam.spam_of(text, words), str)
    tone.columns_of([text], [words])


_PIECES = (
    "ok",
    "e-mail",
    "R&D",
    "1.5",
    "<3",
    ":-)",
    "=p",
    "...",
    "?!",
    "’s",
    "_",
    "日本",
    "😀",
    "-",
    " ",
)


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join) | st.text(max_size=40))
def test_words_read_part_by_part_are_those_of_the_whole(text: str) -> None:
    whole = fold(text)
    for sign in "'’`´":
        whole = whole.replace(sign, "")
    pattern = r"<3|[:;=]['-]?[()dp/|](?!\w)|\w+(?:[&-]\w+)*|[^\w\s]"
    assert words_of(text) == re.findall(pattern, whole)


_GAS = {
    "gas leak": "open",
    "gas leak in hospital": "longer",
    "gas light": "open",
    "gas": "one",
}


def test_of_several_phrases_the_longest_is_found() -> None:
    book = PhraseBook([("gas", "short"), ("gas leak", "long"), ("unauthorised charge*", "open")])
    assert [one.meaning for one in book.find(words_of("gas leak, gas"))] == ["long", "short"]
    assert str(book.find(words_of("two unauthorised charges"))[0]) == "unauthorised charges"
    assert book.find(words_of("unauthorised")) == []


def test_a_phrase_whose_second_word_is_open_vies_with_those_it_is_written_out_in() -> None:
    book = PhraseBook(
        [("gas", "one"), ("gas l*", "open"), ("gas leak in ho*", "longer"), ("gas lamp", "exact")]
    )
    said = {text: book.find(words_of(text))[0].meaning for text in _GAS}
    assert said == _GAS


@pytest.mark.parametrize("phrase", ["", "  ", "star*"])
def test_a_phrase_without_a_whole_word_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError):
        PhraseBook([(phrase, 1)])
