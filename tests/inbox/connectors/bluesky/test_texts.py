"""Bluesky's texts: their length, what is in them beside words, and keys of our own."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.connectors.bluesky.keys import record_key
from inbox.connectors.bluesky.richtext import facets, length_of

TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
PEOPLE = {"ana.bsky.social": "did:plc:ana"}


def found_in(text: str) -> list[tuple[str, str]]:
    """The marked parts of a text and what each leads to, read by their byte offsets."""
    parts = []
    for facet in facets(text, lambda handle: PEOPLE.get(handle, "")):
        index, (feature,) = facet["index"], facet["features"]
        part = text.encode()[index["byteStart"] : index["byteEnd"]].decode()
        parts.append((part, feature.get("uri") or feature.get("did") or feature.get("tag")))
    return parts


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("abc", 3),
        ("👩‍👩‍👧", 1),
        ("🇦🇹🇩🇪", 2),
        ("e\u0301", 1),
        ("مرحبا", 5),
        ("🦊" * 300, 300),
        ("", 0),
    ],
)
def test_length_is_what_a_reader_counts(text: str, length: int) -> None:
    assert length_of(text) == length


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "🦊 see https://a.example/x?y=1.",
            [("https://a.example/x?y=1", "https://a.example/x?y=1")],
        ),
        ("(https://a.example/b)", [("https://a.example/b", "https://a.example/b")]),
        ("https://a.example/b_(c)", [("https://a.example/b_(c)", "https://a.example/b_(c)")]),
        ("Hallo @Ana.bsky.social!", [("@Ana.bsky.social", "did:plc:ana")]),
        ("@nobody.bsky.social and a@ana.bsky.social", []),
        ("ä #Größe, #1 and #", [("#Größe", "Größe")]),
    ],
)
def test_links_mentions_and_tags_are_marked_by_bytes(
    text: str, parts: list[tuple[str, str]]
) -> None:
    assert found_in(text) == parts


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200))
def test_marks_of_any_text_lie_inside_it_and_never_overlap(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    ends = 0
    for facet in facets(text, lambda _: "did:plc:x"):
        index = facet["index"]
        assert ends <= index["byteStart"] < index["byteEnd"] <= len(text.encode())
        ends = index["byteEnd"]


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=50))
def test_a_key_is_one_the_network_takes_and_the_same_each_time(key: str) -> None:
    key = key.encode("utf-8", "ignore").decode()
    assert TID.fullmatch(record_key(key))
    assert record_key(key) == record_key(key)


def test_other_keys_are_other_records() -> None:
    assert len({record_key(str(number)) for number in range(5_000)}) == 5_000
