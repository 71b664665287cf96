"""What is claimed about rules is so: some never match, others are never reached."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given

from accounts.models import Department, User
from routing.classifier import Verdict
from routing.conditions import parse
from routing.facts import Facts
from routing.faults import faults_of, look_around
from routing.logic import is_covered, is_impossible, products_of
from routing.matching import Subject
from routing.models import Rule
from routing.services import create_rule, save_author_list
from tests.routing.test_matching import FACTS, LISTS, TREES, VERDICTS
from tests.routing.trees import Document, all_of, phrase, word

TODAY = date(2026, 3, 2)
PALM = {"phrase": ["palm oil"]}


def is_never(*nodes: Document) -> bool:
    ways = products_of(parse(all_of(*nodes)))
    return ways is not None and all(is_impossible(way) for way in ways)


@given(TREES, FACTS, VERDICTS, LISTS)
def test_what_is_said_never_to_match_never_matches(
    tree: dict[str, Any], facts: Facts, said: Verdict, lists: frozenset[str]
) -> None:
    subject = Subject.of(facts, verdict=said, lists=lists, incidents=lists)
    if is_never(tree):
        assert parse(all_of(tree)).match(subject) is None


@given(TREES, TREES, TREES, FACTS, VERDICTS, LISTS)
def test_what_is_said_to_be_shadowed_is_taken_by_its_shadows(
    tree: Any, one: Any, other: Any, facts: Facts, said: Verdict, lists: frozenset[str]
) -> None:
    subject = Subject.of(facts, verdict=said, lists=lists, incidents=lists)
    node = parse(all_of({"all": [tree, one]}))
    shadows = is_covered(node, [parse(all_of(one)), parse(all_of(other))])
    if shadows and node.match(subject) is not None:
        assert any(shadow.match(subject) is not None for shadow in shadows)


@pytest.mark.parametrize(
    "nodes",
    [
        [{"language": ["en"]}, {"language": ["de"]}],
        [PALM, {"none": [{"phrase": ["palm"]}]}],
        [{"confidence": {"at_least": 0.8}}, {"confidence": {"below": 0.5}}],
        [{"hour": {"from": 8, "to": 12}}, {"hour": {"from": 20, "to": 6}}],
        [{"any": [{"network": ["x"]}, {"network": ["forum"]}]}, {"network": ["facebook"]}],
        [{"none": [{"any": [PALM, {"language": ["de"]}]}]}, PALM],
    ],
)
def test_conditions_that_exclude_each_other_are_found(nodes: list[Document]) -> None:
    assert is_never(*nodes)


@pytest.mark.parametrize(
    "nodes",
    [
        [{"list": ["vip"]}, {"list": ["press"]}],
        [{"kind": ["comment"]}, {"kind": ["own_post_comment"]}],
        [{"phrase": ["palm"]}, {"none": [PALM]}],
        [{"any": [{"language": ["en"]}, PALM]}, {"language": ["de"]}],
    ],
)
def test_conditions_that_can_meet_are_not_blamed(nodes: list[Document]) -> None:
    assert not is_never(*nodes)


def faults(rule: Rule) -> list[str]:
    world = look_around(channel_networks={1: "facebook"}, today=TODAY)
    earlier = list(Rule.objects.filter(position__lt=rule.position))
    found = faults_of(rule, tree=parse(rule.conditions), earlier=earlier, world=world)
    return [fault.message for fault in found]


def make(conditions: Document, **values: Any) -> Rule:
    return create_rule(by=None, **{"name": "A rule", "conditions": conditions, **values})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("above", "below"),
    [
        (phrase("palm"), phrase("palm oil")),
        (phrase("palm", "oil"), word("palm")),
        (all_of({"followers": {"at_least": 100}}), all_of({"followers": {"at_least": 1000}}, PALM)),
        (all_of({"any": [PALM, {"language": ["de"]}]}), all_of({"language": ["de"]}, PALM)),
        (all_of({"none": [PALM]}), all_of({"none": [{"phrase": ["palm"]}]})),
    ],
)
def test_a_rule_that_an_earlier_one_leaves_nothing_is_told_so(
    above: Document, below: Document
) -> None:
    make(above, name="Above")
    (fault,) = faults(make(below))
    assert fault == "It is never reached: “Above” takes every post it could match."


@pytest.mark.django_db
def test_two_rules_together_can_leave_nothing() -> None:
    make(phrase("palm"), name="Palm")
    make(phrase("boycott"), name="Boycott")
    either = {"any": [PALM, {"phrase": ["boycott them"]}]}
    (fault,) = faults(make(all_of(either)))
    assert "“Palm”, “Boycott” takes" in fault


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values", [{"goes_on": True}, {"is_active": False}, {"ends_on": date(2026, 12, 31)}]
)
def test_a_rule_that_goes_on_is_off_or_ends_shadows_nothing(values: dict[str, Any]) -> None:
    make(phrase("palm"), **values)
    assert faults(make(phrase("palm oil"))) == []


@pytest.mark.django_db
def test_a_department_where_nobody_works_is_named(
    departments: dict[str, Department], admin: User, pr_officer: User
) -> None:
    assert faults(make(phrase("a"), department=departments["pr"])) == []
    (fault,) = faults(make(phrase("b"), department=departments["hr"]))
    assert fault == "Nobody works in HR: its tickets would wait."


@pytest.mark.django_db
def test_names_that_mean_nothing_are_found(departments: dict[str, Department]) -> None:
    save_author_list(name="Guests", handles=[])
    rule = make(
        all_of(
            {"channel": [9]},
            {"network": ["myspace"]},
            {"list": ["guests"]},
            {"list": ["press"]},
            {"guess": ["sales"]},
        )
    )
    assert faults(rule) == [
        "There is no such channel.",
        "No channel is on “myspace”.",
        "Nobody is on this list.",
        "There is no list “press”.",
        "There is no department “sales”.",
    ]


@pytest.mark.django_db
def test_a_rule_whose_last_day_is_over_is_told_so() -> None:
    assert "last day is over" in faults(make(phrase("a"), ends_on=date(2026, 3, 1)))[0]
    assert faults(make(phrase("b"), ends_on=TODAY)) == []
