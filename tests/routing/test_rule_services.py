"""Making, changing, ordering and removing rules."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import Department, User
from routing import services
from routing.models import Rule

pytestmark = pytest.mark.django_db


def make(**values: Any) -> Rule:
    return services.create_rule(by=None, **{"name": "A rule", "words": ["oil"], **values})


def test_rules_are_added_at_the_end_and_say_by_whom(admin: User) -> None:
    first = services.create_rule(by=admin, name="  Palm   oil ", phrases=[" palm oil ", "palm oil"])
    second = make()
    assert (first.name, first.phrases, first.version) == ("Palm oil", ["palm oil"], 1)
    assert (first.created_by, first.updated_by) == (admin, admin)
    assert list(Rule.objects.all()) == [first, second]


def test_each_change_is_a_version_and_none_is_none(admin: User, agent: User) -> None:
    rule = services.create_rule(by=admin, name="Oil", words=["oil"])
    same = services.update_rule(rule=rule, by=agent, words=["oil"], name="Oil")
    assert (same.version, same.updated_by) == (1, admin)
    changed = services.update_rule(rule=rule, by=agent, words=["oil", "fat"])
    assert (changed.version, changed.updated_by, changed.created_by) == (2, agent, admin)


def test_every_version_is_in_the_audit_trail() -> None:
    rule = make()
    services.update_rule(rule=rule, by=None, priority=3)
    services.delete_rule(rule=rule)
    trail = apps.get_model("routing", "RuleEvent").objects.order_by("pgh_id")
    assert [(e.pgh_label, e.version) for e in trail][:2] == [("insert", 1), ("update", 2)]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"words": []}, "phrases"),
        ({"words": ["ok", "\u200b"]}, "words"),
        ({"words": ["x" * 81]}, "words"),
        ({"words": "oil"}, "words"),
        ({"words": [3]}, "words"),
        ({"words": [f"w{n}" for n in range(501)]}, "words"),
        ({"phrases": [" "]}, "phrases"),
        ({"handles": ["@"]}, "handles"),
        ({"languages": ["english"]}, "languages"),
        ({"channel_ids": ["1"]}, "channel_ids"),
        ({"priority": 4}, "priority"),
        ({"priority": -1}, "priority"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(
    values: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        make(**values)
    assert list(caught.value.message_dict) == [field]
    assert not Rule.objects.exists()


def test_all_wrong_fields_are_named_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        make(name="", priority=9)
    assert set(caught.value.message_dict) == {"name", "priority"}


def test_a_rule_cannot_send_to_a_closed_department(departments: dict[str, Department]) -> None:
    closed = departments["pr"]
    closed.is_active = False
    closed.save()
    with pytest.raises(ValidationError) as caught:
        make(department=closed)
    assert "department" in caught.value.message_dict


def test_a_change_that_would_leave_no_condition_is_refused() -> None:
    rule = make()
    with pytest.raises(ValidationError):
        services.update_rule(rule=rule, by=None, words=[])
    rule.refresh_from_db()
    assert rule.words == ["oil"]


def test_an_unknown_field_is_a_mistake_of_the_program() -> None:
    with pytest.raises(TypeError, match="version"):
        make(version=7)


def test_an_order_that_misses_a_rule_is_refused() -> None:
    first, second = make(), make()
    for ids in ([first.pk], [first.pk, 0], [first.pk, second.pk, first.pk]):
        with pytest.raises(ValidationError) as caught:
            services.reorder_rules(ids=ids, by=None)
        assert "ids" in caught.value.message_dict
    ordered = services.reorder_rules(ids=[second.pk, first.pk], by=None)
    assert list(Rule.objects.all()) == ordered == [second, first]


def test_a_threshold_outside_its_range_is_refused(admin: User) -> None:
    with pytest.raises(ValidationError) as caught:
        services.set_threshold(threshold=1.5, by=admin)
    assert "threshold" in caught.value.message_dict
    assert services.set_threshold(threshold=0.7, by=admin).updated_by == admin


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_make_two_versions() -> None:
    rule = make()

    def change(word: str) -> None:
        try:
            services.update_rule(rule=rule, by=None, words=[word])
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=(f"word{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rule.refresh_from_db()
    assert rule.version == 5
