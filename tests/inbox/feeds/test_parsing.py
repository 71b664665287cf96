"""Feeds in their dialects, and things that pretend to be feeds."""

from __future__ import annotations

import resource
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.connectors.feed import parse
from inbox.connectors.types import IncomingPost, ParseError
from tests.inbox.feeds.server import atom, entry

RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Forum</title><item>
<title>Stale rolls</title><link>https://forum.example/1</link><guid>f-1</guid>
<pubDate>Sun, 01 Mar 2026 12:00:00 +0100</pubDate><author>sam@forum.example (Sam Poe)</author>
<description>&lt;p&gt;Twice this week.&lt;/p&gt;</description></item></channel></rss>"""


def only(raw: bytes) -> IncomingPost:
    (post,) = parse(raw, address="https://blog.example/feed").posts
    return post


def test_atom_is_read() -> None:
    post = only(atom(entry(1, "&lt;p&gt;A new &lt;b&gt;rye&lt;/b&gt;.&lt;/p&gt;")))
    assert post.external_id == "urn:e1"
    assert post.text == "News 1\n\nA new rye."
    assert post.posted_at == datetime(2026, 3, 1, 11, 1, tzinfo=UTC)
    assert (post.url, post.kind, post.edited_at) == ("https://blog.example/1", "post", None)
    assert post.author is not None
    assert post.author.name == "Sam"


def test_rss_is_read() -> None:
    post = only(RSS)
    assert (post.external_id, post.text) == ("f-1", "Stale rolls\n\nTwice this week.")
    assert post.posted_at == datetime(2026, 3, 1, 11, tzinfo=UTC)


def test_a_reply_knows_its_parent() -> None:
    post = only(atom(entry(2, "I want two.", reply_to="urn:e1")))
    assert (post.parent_external_id, post.kind, post.text) == ("urn:e1", "comment", "I want two.")


def test_a_later_update_is_an_edit() -> None:
    raw = atom(entry()).replace(b"<updated>2026-03-01T11:01", b"<updated>2026-03-01T15:00")
    assert only(raw).edited_at == datetime(2026, 3, 1, 15, tzinfo=UTC)


def test_the_oldest_comes_first() -> None:
    posts = parse(atom(entry(5), entry(3)), address="").posts
    assert [post.external_id for post in posts] == ["urn:e3", "urn:e5"]


def test_an_entry_without_an_id_gets_the_same_one_each_time() -> None:
    raw = RSS.replace(b"<guid>f-1</guid>", b"").replace(
        b"<link>https://forum.example/1</link>", b""
    )
    assert only(raw).external_id == only(raw).external_id != ""


def test_a_very_long_id_fits() -> None:
    assert len(only(RSS.replace(b"f-1", b"x" * 900)).external_id) <= 300


def test_a_dangerous_link_is_dropped() -> None:
    assert only(RSS.replace(b"https://forum.example/1", b"javascript:alert(1)")).url == ""


def test_a_byte_string_that_names_a_file_opens_none() -> None:
    with pytest.raises(ParseError, match="not a feed"):
        parse(b"/etc/hostname", address="")


def test_no_entity_opens_a_file() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    posts = parse(bomb + RSS.partition(b"?>")[2].replace(b"Stale", b"&x;"), address="").posts
    assert all("root:" not in post.text for post in posts)


def test_nested_entities_do_not_explode() -> None:
    levels = b"".join(
        b'<!ENTITY a%d "%s">' % (n, (b"&a%d;" % (n - 1)) * 10 if n else b"ha") for n in range(12)
    )
    bomb = b'<?xml version="1.0"?><!DOCTYPE l [' + levels + b"]>"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        posts = parse(bomb + RSS.partition(b"?>")[2].replace(b"Stale", b"&a11;"), address="").posts
        assert all(len(post.text) < 10_000 for post in posts)
    except ParseError:
        pass
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not a feed"),
        (b"<!doctype html><html><body>Hello</body></html>", "web page"),
        (b'{"not": "xml"}', "not a feed"),
        (atom(entry(1), entry(2))[:-90], "ends in the middle"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a feed"),
    ],
)
def test_what_is_no_feed_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse(raw, address="")


@given(st.binary(max_size=300), st.integers(0, 600))
def test_no_bytes_break_the_parser(noise: bytes, at: int) -> None:
    raw = atom(entry(1), entry(2, reply_to="urn:e1"))
    try:
        posts = parse(raw[:at] + noise + raw[at:], address="https://blog.example/").posts
    except ParseError:
        return
    assert all(post.external_id and post.posted_at for post in posts)
