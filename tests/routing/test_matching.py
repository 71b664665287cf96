"""Rules match what a naive reading of them says, whatever people write."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.facts import Facts
from routing.matching import Conditions, Subject, contains_word
from routing.text import fold

ALPHABET = st.sampled_from("ab_1 ß\u0301\u200bİÉ-'#.")
SHORT = st.text(ALPHABET, max_size=6)
ENTRY = SHORT.filter(fold)
HANDLE = SHORT.filter(lambda entry: fold(entry).lstrip("@"))


def matches(conditions: Conditions, **facts: object) -> list[str] | None:
    return conditions.match(Subject.of(Facts(**{"text": "", **facts})))  # type: ignore[arg-type]


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


def naive_match(rule: dict[str, list[object]], facts: Facts) -> bool:
    text = fold(facts.text)
    groups = [
        (rule["phrases"], [p for p in rule["phrases"] if fold(str(p)) in text]),
        (rule["words"], [w for w in rule["words"] if naive_word(text, fold(str(w)))]),
        (rule["channel_ids"], [c for c in rule["channel_ids"] if c == facts.channel_id]),
        (rule["networks"], [n for n in rule["networks"] if n == facts.network]),
        (
            rule["handles"],
            [
                h
                for h in rule["handles"]
                if fold(str(h)).lstrip("@") == fold(facts.author_handle).lstrip("@")
            ],
        ),
        (rule["languages"], [code for code in rule["languages"] if code == facts.language]),
    ]
    return all(found for entries, found in groups if entries)


RULES = st.fixed_dictionaries(
    {
        "phrases": st.lists(ENTRY, max_size=2),
        "words": st.lists(ENTRY, max_size=2),
        "channel_ids": st.lists(st.integers(1, 3), max_size=2),
        "networks": st.lists(st.sampled_from(["facebook", "x"]), max_size=1),
        "handles": st.lists(HANDLE, max_size=2),
        "languages": st.lists(st.sampled_from(["en", "de"]), max_size=1),
    }
).filter(lambda rule: any(rule.values()))
FACTS = st.builds(
    Facts,
    text=st.text(ALPHABET, max_size=30),
    language=st.sampled_from(["", "en", "de"]),
    channel_id=st.sampled_from([None, 1, 2, 3]),
    network=st.sampled_from(["", "facebook", "x"]),
    author_handle=SHORT,
)


@given(RULES, FACTS)
def test_a_rule_matches_exactly_when_every_group_has_a_matching_entry(
    rule: dict[str, list[object]], facts: Facts
) -> None:
    found = Conditions.of(**rule).match(Subject.of(facts))  # type: ignore[arg-type]
    assert (found is not None) == naive_match(rule, facts)


@given(st.text(ALPHABET, max_size=30), ENTRY)
def test_a_whole_word_is_found_exactly_where_a_naive_reader_finds_it(text: str, word: str) -> None:
    assert contains_word(fold(text), fold(word)) == naive_word(fold(text), fold(word))


def test_a_phrase_may_lie_inside_a_word_and_a_word_may_not() -> None:
    assert matches(Conditions.of(phrases=["art"]), text="a party") == ["art"]
    assert matches(Conditions.of(words=["art"]), text="a party") is None
    assert matches(Conditions.of(words=["art"]), text="party, (ART)!") == ["art"]


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
    assert matches(Conditions.of(words=[word]), text=text) is not None


def test_a_letter_with_a_mark_is_another_letter() -> None:
    assert matches(Conditions.of(words=["रा"]), text="राम") is None


def test_handles_match_with_and_without_their_sign() -> None:
    conditions = Conditions.of(handles=["@Lena.K"])
    assert matches(conditions, author_handle="lena.k") == ["@lena.k"]
    assert matches(conditions, author_handle="lena") is None


def test_a_reason_names_what_matched() -> None:
    conditions = Conditions.of(phrases=["Palm Oil"], networks=["facebook"], channel_ids=[4])
    found = matches(conditions, text="no PALM oil", network="facebook", channel_id=4)
    assert found == ["palm oil", "facebook", "#4"]


@pytest.mark.parametrize(
    "groups", [{}, {"phrases": [""]}, {"words": ["\u200b"]}, {"handles": ["@"]}]
)
def test_a_rule_that_would_match_everything_is_refused(groups: dict[str, list[str]]) -> None:
    with pytest.raises(ValueError):
        Conditions.of(**groups)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["ab" * 25_000, "a" * 50_000, "a " * 25_000])
def test_fifty_thousand_characters_are_matched_in_no_time(text: str) -> None:
    conditions = Conditions.of(words=["a" * 80, "aba", "b a", *(f"aa{n}" for n in range(97))])
    subject = Subject.of(Facts(text=text))
    started = time.perf_counter()
    conditions.match(subject)
    assert time.perf_counter() - started < 1
