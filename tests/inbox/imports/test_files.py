"""Files as people bring them."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.connectors.files import (
    BadRow,
    FileError,
    Layout,
    choose,
    count_rows,
    guess,
    look_at,
    posts_of,
    rows_of,
)
from inbox.connectors.types import IncomingPost

HEAD = "id,ts,text,author\n"
ROW = "1,2026-03-01T12:00:00Z,Stale rolls,sam\n"


def opened(
    content: bytes | str, name: str = "posts.csv", **wanted: str
) -> tuple[io.BytesIO, Layout]:
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    layout = look_at(file, name)
    return file, replace(layout, mapping=choose(layout, wanted))


def read(
    content: bytes | str, name: str = "posts.csv", **wanted: str
) -> list[IncomingPost | BadRow]:
    file, layout = opened(content, name, **wanted)
    return [post for _, post in posts_of(rows_of(file, layout), layout, salt="1")]


def only(content: bytes | str, name: str = "posts.csv", **wanted: str) -> IncomingPost:
    (post,) = read(content, name, **wanted)
    assert isinstance(post, IncomingPost), post
    return post


def fault(content: bytes | str, name: str = "posts.csv", **wanted: str) -> tuple[int, str, str]:
    (bad,) = [post for post in read(content, name, **wanted) if isinstance(post, BadRow)]
    return bad.row.line, bad.field, bad.reason


def test_csv_is_read() -> None:
    post = only(HEAD + ROW)
    assert (post.external_id, post.text) == ("1", "Stale rolls")
    assert post.posted_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert post.author is not None
    assert post.author.handle == "sam"


def test_json_lines_are_read() -> None:
    line = {
        "id": 7,
        "ts": 1772366400,
        "body": "Hi",
        "in_reply_to": 6,
        "lang": "en-GB",
        "author": {"id": 1},
    }
    post = only(json.dumps(line), "posts.jsonl")
    assert (post.external_id, post.parent_external_id, post.kind) == ("7", "6", "comment")
    assert (post.language, post.text) == ("en", "Hi")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    assert only((HEAD + ROW).replace(",", delimiter)).text == "Stale rolls"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_encoding_is_found(encoding: str) -> None:
    content = (HEAD + ROW.replace("Stale", "Altbackene 🥐 für")).encode(encoding)
    assert only(content).text == "Altbackene 🥐 für rolls"


def test_an_old_windows_file_is_read_and_said_to_be_one() -> None:
    file, layout = opened(
        (HEAD + ROW.replace("Stale", "Weiße Brötchen „frisch“ –")).encode("cp1252")
    )
    ((_, post),) = posts_of(rows_of(file, layout), layout, salt="1")
    assert isinstance(post, IncomingPost)
    assert post.text == "Weiße Brötchen „frisch“ – rolls"
    assert "Windows-1252" in layout.notices[0]


def test_one_broken_byte_costs_its_row_alone() -> None:
    good = HEAD + "".join(ROW.replace("1,", f"{n},", 1).replace("Stale", "Süße") for n in range(5))
    content = good.encode() + b"9,2026-03-01T12:00:00Z,br\xffken,sam\n"
    posts = read(content)
    assert sum(isinstance(post, IncomingPost) for post in posts) == 5
    assert fault(content)[0] == 7


def test_quoted_line_breaks_and_delimiters_belong_to_the_text() -> None:
    assert only(HEAD + '1,2026-03-01,"one, ""two""\nthree",sam\n').text == 'one, "two"\nthree'


def test_a_row_is_named_by_the_line_it_begins_on() -> None:
    content = HEAD + '1,2026-03-01,"a\nb\nc",sam\n' + "\n" + "2,never,x,sam\n" + ROW
    assert fault(content) == (6, "ts", "'never' is not a time Crossdesk can read")


def test_stray_quotes_do_not_glue_rows_together() -> None:
    posts = read(HEAD + '1,2026-03-01,"He said "hi" to me",sam\n' + ROW)
    assert [type(post).__name__ for post in posts] == ["BadRow", "IncomingPost"]


def test_too_many_columns_are_a_fault() -> None:
    assert "has 5 columns" in fault(HEAD + "1,2026-03-01,Hello, there,sam\n")[2]


def test_a_short_row_lacks_what_it_lacks() -> None:
    assert fault(HEAD + "1,2026-03-01\n") == (2, "text", "is empty")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": 1', "is not JSON"),
        ("[1]", "is not a JSON object"),
        ('{"id": 1, "ts": null, "text": "x"}', "is empty"),
        ('{"id": 1, "ts": "2026-03-01", "text": ""}', "is empty"),
        ('{"id": [1], "ts": "2026-03-01", "text": 5}', None),
        ("[" * 5000, "nested too deeply"),
    ],
)
def test_bad_json_lines(line: str, reason: str | None) -> None:
    content = '{"id": 0, "ts": "2026-03-01", "text": "fine"}\n' + line
    posts = read(content, "posts.jsonl")
    if reason is None:
        assert isinstance(posts[1], IncomingPost)
    else:
        assert isinstance(posts[1], BadRow)
        assert reason in posts[1].reason


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-03-01T12:00:00Z", 12),
        ("2026-03-01T12:00:00+02:00", 10),
        ("2026-03-01 12:00:00", 12),
        ("2026-03-01 12:00", 12),
        ("1772366400", 12),
        ("1772366400.5", 12),
        ("1772366400000", 12),
        ("1772366400000000", 12),
        ("Sun, 01 Mar 2026 12:00:00 +0000", 12),
        ("Sun Mar 01 12:00:00 +0000 2026", 12),
        ("01.03.2026 12:00", 12),
        ("28/02/2026 12:00:00", 12),
        ("02/28/2026 12:00 PM", 12),
        ("1 Mar 2026 12:00", 12),
        ("Mar 1, 2026 12:00 PM", 12),
        ("2026/03/01 12:00:00", 12),
    ],
)
def test_times_are_read_in_many_ways(written: str, hour: int) -> None:
    post = only(json.dumps({"id": 1, "ts": written, "text": "x"}), "p.jsonl")
    assert post.posted_at is not None
    assert (post.posted_at.year, post.posted_at.hour) == (2026, hour)


def test_a_day_two_continents_read_differently_is_refused() -> None:
    assert "may be a day in month 3 or in month 4" in fault(HEAD + "1,03/04/2026,x,sam\n")[2]


@pytest.mark.parametrize("written", ["31.02.2026", "12", "2026-13-01", "1e400"])
def test_what_is_no_time_is_a_fault(written: str) -> None:
    assert fault(f"{HEAD}1,{written},x,sam\n")[1] == "ts"


def test_times_without_an_offset_are_in_the_zone_that_was_said() -> None:
    file, layout = opened(HEAD + "1,2026-07-01 12:00,x,sam\n")
    layout = replace(layout, time_zone="Europe/Berlin")
    ((_, post),) = posts_of(rows_of(file, layout), layout, salt="1")
    assert isinstance(post, IncomingPost)
    assert post.posted_at == datetime(2026, 7, 1, 10, tzinfo=UTC)


def test_without_ids_the_same_row_has_the_same_one() -> None:
    content = (
        "date,message,user\n2026-03-01,Hello,sam\n2026-03-01,Hello,sam\n2026-03-01,Hello,tom\n"
    )
    first, second, third = (
        post.external_id for post in read(content) if isinstance(post, IncomingPost)
    )
    assert first == second != third


def test_another_channel_gives_another_id() -> None:
    file, layout = opened("date,message\n2026-03-01,Hello\n")
    ids = {
        post.external_id
        for salt in "12"
        for _, post in posts_of(rows_of(file, layout), layout, salt=salt)
        if isinstance(post, IncomingPost)
    }
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("id", "external_id"), ("Tweet ID", "external_id"), ("timestamp", "posted_at"),
        ("Created-At", "posted_at"), ("date", "posted_at"), ("body", "text"), ("message", "text"),
        ("content", "text"), ("username", "author"), ("handle", "author"), ("author_id", "author"),
        ("in_reply_to", "parent"), ("parent_id", "parent"), ("reply_to", "parent"),
        ("lang", "language"), ("stars", "rating"),
    ],
)  # fmt: skip
def test_usual_columns_are_guessed(column: str, field: str) -> None:
    assert guess([column])[field] == column


def test_the_likeliest_column_wins() -> None:
    assert guess(["comment", "text", "date", "created_at"]) == {
        "text": "text",
        "posted_at": "created_at",
    }


def test_what_is_said_wins_over_what_is_guessed() -> None:
    post = only("id,ref,date,text,other\n1,A7,2026-03-01,x,y\n", external_id="ref", text="other")
    assert (post.external_id, post.text) == ("A7", "y")


def test_an_alias_of_a_field_is_understood() -> None:
    post = only("id,date,text,re\n2,2026-03-01,x,1\n", parent_external_id="re")
    assert post.parent_external_id == "1"


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "a.csv", "a.csv is empty."),
        (b" \n\n", "a.csv", "a.csv is empty."),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "a.csv", "binary file"),
        (b"PK\x03\x04xxxx", "a.xlsx", "workbook"),
        (b'[{"id": 1}]', "a.json", "one JSON list"),
        (b"{]\n", "a.jsonl", "no JSON object"),
        (b"name,mood\nsam,sour\n", "a.csv", "No column is known to hold posted_at"),
    ],
)
def test_a_file_that_cannot_be_read_gets_one_sentence(
    content: bytes, name: str, sentence: str
) -> None:
    with pytest.raises(FileError, match=sentence):
        opened(content, name)


def test_a_column_that_is_not_there_is_named_beside_those_that_are() -> None:
    with pytest.raises(
        FileError, match=r"no column “when”\. Its columns are: id, ts, text, author"
    ):
        opened(HEAD + ROW, posted_at="when")


def test_a_field_that_is_not_there_is_named() -> None:
    with pytest.raises(FileError, match="no field “mood”"):
        opened(HEAD + ROW, mood="text")


def test_a_heading_twice_is_told_apart() -> None:
    _, layout = opened("id,ts,text,text\n1,2026-03-01,a,b\n")
    assert layout.columns == ("id", "ts", "text", "text (4)")


def test_a_layout_survives_json() -> None:
    _, layout = opened(HEAD + ROW)
    assert Layout.from_json(json.loads(json.dumps(layout.as_json()))) == layout


def test_rows_are_counted_without_the_blank_ones() -> None:
    file, layout = opened(HEAD + "\n" + ROW + "\n\n" + ROW)
    assert count_rows(file, layout) == 2


WRITTEN = st.text(st.characters(exclude_categories=["Cc", "Cs"]))


@given(st.lists(WRITTEN, min_size=1, max_size=5))
def test_what_csv_holds_comes_out_again(texts: list[str]) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "date", "text"])
    writer.writerows([f"p{n}", "2026-03-01", f"x{text}"] for n, text in enumerate(texts))
    found = read(out.getvalue())
    assert [p.text for p in found if isinstance(p, IncomingPost)] == [f"x{text}" for text in texts]


@given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.jsonl"]))
def test_no_bytes_break_the_reader(content: bytes, name: str) -> None:
    try:
        file, layout = opened(content, name)
    except FileError:
        return
    list(posts_of(rows_of(file, layout), layout, salt="1"))


@given(st.binary(max_size=300))
def test_no_row_breaks_the_reader(noise: bytes) -> None:
    with suppress(FileError):
        read(HEAD.encode() + noise + b"\n" + ROW.encode())
