"""How long X finds a text; the numbers are those of twitter-text's own examples, or its rules."""

import pytest

from inbox.connectors.x import X
from inbox.connectors.x.length import length_of


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("a" * 280, 280),
        ("Grüße", 5),
        ("u\u0308ber", 4),  # counted composed
        ("ქართული", 7),  # the last script that counts one
        ("日本語", 6),
        ("한국어", 6),
        ("مرحبا", 5),
        ("“quoted” – and…", 16),
        ("😀", 2),
        ("👍🏽", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🇩🇪🇫🇷", 4),
        ("1️⃣", 2),
        ("❤️", 2),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("https://example.com", 23),
        ("https://example.com/" + "a" * 200, 23),
        ("See https://example.com/a, please.", 4 + 23 + 9),
        ("http://t.co and https://example.org/x?y=z#q", 23 + 5 + 23),
        ("example.com", 23),
        ("example.com/" + "a" * 40, 52),  # an ending X may not know: never less than it could be
        ("me@example.com", 14),
        ("1.5 kg", 6),
        ("日本https://example.com日本", 8 + 23),
    ],
)
def test_the_weight_of_a_text(text: str, length: int) -> None:
    assert length_of(text) == length


def test_the_network_counts_so() -> None:
    assert X().length_of("日" * 140) == X.length_limit
