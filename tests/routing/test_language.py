"""Languages of short posts."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.corpus import POSTS
from routing.language import LANGUAGES, detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my parcel?", "en"),
        ("Wo bleibt mein Paket?", "de"),
        ("¿Dónde está mi pedido?", "es"),
        ("Cadê a minha encomenda?", "pt"),
        ("Où est mon colis ?", "fr"),
        ("Dov'è il mio pacco?", "it"),
        ("Waar blijft mijn pakketje?", "nl"),
        ("Где моя посылка?", "ru"),
        ("@Kestrel THE BREAD CAME BURNT AGAIN https://t.co/x", "en"),
        ("", ""),
        ("😀😀 12345", ""),
        ("@kestrel https://t.co/abc", ""),
    ],
)
def test_language_is_detected_or_left_open(text: str, language: str) -> None:
    assert detect([text]) == [language]


def test_a_hint_settles_what_the_text_leaves_open_and_no_more() -> None:
    texts = ["👍", "👍", "Wo bleibt denn nur mein Paket?", "👍"]
    assert detect(texts, ["pt-BR", "xx", "en", "nb_NO"]) == ["pt", "", "de", "no"]


def test_handles_and_links_do_not_count_as_words() -> None:
    assert detect(["@DieDeutscheBahn https://www.bahn.de/service where is my train today"]) == [
        "en"
    ]


def test_starter_posts_are_told_apart() -> None:
    with POSTS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["lang"] in LANGUAGES]
    found = detect([row["text"] for row in rows])
    right = [language == row["lang"] for language, row in zip(found, rows, strict=True)]
    wrong = [language not in ("", row["lang"]) for language, row in zip(found, rows, strict=True)]
    assert sum(right) / len(rows) > 0.98
    assert sum(wrong) / len(rows) < 0.003


@given(st.text())
def test_any_text_has_a_language_or_none(text: str) -> None:
    assert detect([text])[0] in LANGUAGES | {""}
