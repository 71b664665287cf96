"""Rules of the house that a reader of the sources can check."""

import re

import pytest

from tests.house.sources import (
    BASE_DIR,
    every_text_file,
    interface_files,
    lines_matching,
    name,
    room_files,
)

UNGUARDED = (
    r"\bTicket\s*\.\s*"
    r"(_default_manager|_base_manager|objects(?!\s*\.\s*(visible_to|workable_by|none)\())"
)
# Where text is marked as safe, and why that holds.
SAFE_MARKS = {
    "inbox/templatetags/icons.py": "drawings from the icon package, which escapes attributes",
    "inbox/templatetags/posts.py": "pieces of people's text, each escaped before they are joined",
    "inbox/templatetags/rows.py": "chips, each of which escapes the words it is given",
    "inbox/templatetags/shell.py": "a chance to break, between words that are escaped",
    "inbox/queries/headlines.py": "an excerpt, escaped before its marks become elements",
    "static/js/list.js": "fragments of our own pages, parsed in an inert template",
    "static/js/live.js": "the same",
    "static/js/ticket.js": "the same",
    "templates/form/field.html": "help texts, which forms of ours write",
}


def test_interfaces_load_tickets_through_their_permission() -> None:
    assert lines_matching(UNGUARDED, interface_files()) == []


def test_the_ticket_guard_sees_what_it_should() -> None:
    assert re.search(UNGUARDED, "Ticket.objects.filter(pk=1)")
    assert re.search(UNGUARDED, "Ticket.objects\n    .all()")
    assert re.search(UNGUARDED, "get_object_or_404(Ticket.objects, pk=1)")
    assert not re.search(UNGUARDED, "Ticket.objects.visible_to(user)")
    assert not re.search(UNGUARDED, "Ticket.objects.none()")
    assert not re.search(UNGUARDED, "(\n  Ticket.objects\n  .workable_by(user)")


def test_text_is_marked_safe_nowhere_unexplained() -> None:
    marks = [
        *lines_matching(r"\bmark_safe\(|\bSafeString\((?!\"\")|\.__html__\b", room_files()),
        *lines_matching(r"\|\s*safe(seq)?\b|\{%\s*autoescape off", room_files(".html")),
        *lines_matching(r"\.(inner|outer)HTML\s*\+?=|insertAdjacentHTML", room_files(".js")),
    ]
    assert [mark for mark in marks if mark.rpartition(":")[0] not in SAFE_MARKS] == []


def test_templates_hold_no_inline_script_or_style() -> None:
    inline = r"<script(?![^>]*\bsrc=)(?![^>]*application/(ld\+)?json)|<style\b|\son[a-z]+=\"|hx-on"
    assert lines_matching(inline, room_files(".html")) == []


def tables() -> list[tuple[str, str]]:
    """The file and the source of each table that is dressed as one."""
    files = [(name(path), path.read_text()) for path in room_files(".html")]
    dressed = r"<table class=\"table\b.*?</table>"
    return [(file, table) for file, text in files for table in re.findall(dressed, text, re.DOTALL)]


def test_every_wide_table_becomes_cards_on_a_phone() -> None:
    wide = [(file, table) for file, table in tables() if table.count('scope="col"') > 2]
    assert len(wide) > 20
    assert [
        file for file, table in wide if not table.startswith('<table class="table stacks')
    ] == []


def test_every_cell_of_a_card_names_its_column_or_holds_its_buttons() -> None:
    nameless = []
    for file, table in tables():
        if not table.startswith('<table class="table stacks'):
            continue
        body = table[table.index("<tbody") :]
        cells = re.findall(r"<td\b.*?</td>", body, re.DOTALL)
        excused = r"^<td role=\"cell\"[^>]*(data-label=|colspan=)|<form|class=\"row-actions"
        nameless += [f"{file}: {cell[:80]}" for cell in cells if not re.search(excused, cell)]
    assert nameless == []


def test_unfinished_work_names_its_issue() -> None:
    unfinished = "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"))
    without_issue = rf"\b({unfinished})\b(?!\W{{0,3}}#\d+)"
    assert lines_matching(without_issue, every_text_file()) == []


@pytest.mark.parametrize(
    "file", ["requirements.in", "requirements-dev.in", "requirements-encoder.in"]
)
def test_every_requirement_says_why_it_is_there(file: str) -> None:
    lines = (BASE_DIR / file).read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-"))]
    assert [line for line in wanted if not re.search(r"\S\s+#\s\S", line)] == []


def test_every_locked_package_has_its_hashes() -> None:
    for file in ("requirements.txt", "requirements-dev.txt", "requirements-encoder.txt"):
        text = (BASE_DIR / file).read_text()
        blocks = re.findall(r"^[a-z0-9].*(?:\n    .*)*", text, flags=re.MULTILINE)
        assert blocks
        assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_migrations_have_names() -> None:
    migrations = [path for path in room_files() if path.parent.name == "migrations"]
    assert [name(path) for path in migrations if "_auto_" in path.name] == []
