"""Text from HTML that strangers wrote."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.connectors.readable import readable


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Fresh <b>rye</b>", "Fresh rye"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("<ul><li>rye</li><li>oat</li></ul>", "• rye\n• oat"),
        ("salt &amp; vinegar &lt;b&gt; &#x1F950;", "salt & vinegar <b> 🥐"),
        ("&amp;lt;script&amp;gt;", "&lt;script&gt;"),
        ("a<script>alert(1)</script>b<style>p{}</style>c", "abc"),
        ("a<script>document.write('<p>x</p>')</script>b", "ab"),
        ("<svg><script>x</script><text>y</text></svg>z", "z"),
        ("a<!-- hidden -->b", "ab"),
        ('<a href="https://x.example/a">here</a>', "here (https://x.example/a)"),
        ('<a href="/a">here</a>', "here (https://base.example/a)"),
        ('<a href="https://x.example/a">https://x.example/a</a>', "https://x.example/a"),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ('<a href="data:text/html,x">click</a>', "click"),
        ('<a href="http://[">click</a>', "click"),
        ('<img src="x" alt="A loaf" onerror="alert(1)">', "A loaf"),
        ("  many\n\n  spaces&nbsp;&nbsp;here ", "many spaces here"),
        ("</p></div>unbalanced</a></script>", "unbalanced"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_html_becomes_text(html: str, text: str) -> None:
    assert readable(html, "https://base.example/") == text


@pytest.mark.parametrize(
    "html", ["<" * 300_000, "<a " * 100_000, "<!--" * 75_000, "&#" * 150_000, "<p>" * 100_000]
)
def test_hostile_html_takes_no_time(html: str) -> None:
    begun = time.monotonic()
    readable(html)
    assert time.monotonic() - begun < 5


@given(st.text(alphabet="<>/a!-&;#x\"'= \n", max_size=200) | st.text())
def test_no_text_breaks_it(html: str) -> None:
    assert isinstance(readable(html), str)
