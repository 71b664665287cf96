"""Macros are words with a few variables, and nothing more."""

from __future__ import annotations

import pytest

from publishing.macro_text import VARIABLES, faults_in, fill, left_open


def test_variables_become_words() -> None:
    filled = fill(
        "Hi {{ contact.first_name }}, {{agent.first_name}} here ({{ ticket.reference }}).",
        {"contact.first_name": "Zoë", "agent.first_name": "Maya", "ticket.reference": "#7"},
    )
    assert (filled.text, filled.missing) == ("Hi Zoë, Maya here (#7).", ())


def test_a_missing_value_stays_for_the_agent_to_fill_in() -> None:
    filled = fill("Hi {{ contact.first_name }}!", {"contact.first_name": ""})
    assert filled.text == "Hi {{ contact.first_name }}!"
    assert filled.missing == ("contact.first_name",)
    assert left_open(filled.text) == ["contact.first_name"]


def test_a_fallback_needs_no_asking() -> None:
    assert fill("Hi {{ contact.first_name | there }}!", {}).text == "Hi there!"
    assert fill("Hi{{ contact.first_name | }}!", {}).text == "Hi!"


def test_what_a_value_holds_is_never_read_again() -> None:
    sly = {"contact.name": "{{ agent.name }}", "agent.name": "Maya"}
    assert fill("{{ contact.name }}", sly).text == "{{ agent.name }}"


def test_template_language_is_only_words() -> None:
    text = "{% load static %}{# no #}{{ contact.name }}"
    assert fill(text, {"contact.name": "<b>"}).text == "{% load static %}{# no #}<b>"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{{ contact.nme }}", "Did you mean “contact.name”?"),
        ("{{ settings.SECRET_KEY }}", "There is no variable “settings.SECRET_KEY”."),
        ("{{ contact.name.__class__ }}", "There is no variable"),
        ("{{ }}", "There is no variable"),
        ("Hi {{ contact.name", "not closed"),
        ("Hi contact.name }}", "closes no variable"),
        ("{{ {{ contact.name }} }}", "not closed"),
    ],
)
def test_a_fault_is_told_while_editing(text: str, fault: str) -> None:
    assert any(fault in told for told in faults_in(text)), faults_in(text)


def test_every_variable_is_good() -> None:
    assert faults_in(" ".join(f"{{{{ {name} }}}}" for name in VARIABLES)) == []


def test_braces_of_code_are_no_fault() -> None:
    assert faults_in("if (a) { b } and {single}") == []
