"""Making, changing, ordering and removing rules."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Department, Skill, SlaPolicy, User
from routing import services
from routing.definitions import definition_of, values_of
from routing.models import Rule, RuleVersion
from tests.routing.trees import phrase, word

pytestmark = pytest.mark.django_db


def make(**values: Any) -> Rule:
    wanted = {"name": "A rule", "conditions": word("oil"), **values}
    return services.create_rule(by=None, **wanted)


def test_rules_are_added_at_the_end_and_say_by_whom(admin: User) -> None:
    first = services.create_rule(
        by=admin, name="  Palm   oil ", conditions=phrase(" palm oil ", "palm oil")
    )
    second = make()
    assert (first.name, first.conditions, first.version) == ("Palm oil", phrase("palm oil"), 1)
    assert (first.created_by, first.updated_by) == (admin, admin)
    assert list(Rule.objects.all()) == [first, second]


def test_each_change_is_a_version_and_none_is_none(admin: User, agent: User) -> None:
    rule = services.create_rule(by=admin, name="Oil", conditions=word("oil"))
    same = services.update_rule(rule=rule, by=agent, conditions=word("oil"), name="Oil")
    assert (same.version, same.updated_by) == (1, admin)
    changed = services.update_rule(rule=rule, by=agent, conditions=word("oil", "fat"))
    assert (changed.version, changed.updated_by, changed.created_by) == (2, agent, admin)


def test_every_version_is_kept_with_author_time_and_reason(admin: User) -> None:
    rule = make()
    services.update_rule(rule=rule, by=admin, reason=" It  burns. ", priority=3)
    newest, oldest = RuleVersion.objects.filter(rule=rule).order_by("-number")
    assert (oldest.number, oldest.action, oldest.by) == (1, "created", None)
    assert (newest.number, newest.action, newest.by) == (2, "changed", admin)
    assert newest.reason == "It burns."
    assert (oldest.definition["priority"], newest.definition["priority"]) == (None, 3)
    assert newest.definition == definition_of(Rule.objects.get())


def test_a_version_is_restored_as_a_new_one(admin: User) -> None:
    rule = make()
    services.update_rule(rule=rule, by=None, conditions=word("fat"), name="Fat")
    first = RuleVersion.objects.get(rule=rule, number=1)
    restored = services.restore_rule(version=first, by=admin)
    assert (restored.name, restored.conditions, restored.version) == ("A rule", word("oil"), 3)
    assert RuleVersion.objects.get(rule=rule, number=3).action == "restored"


def test_a_rule_that_is_gone_comes_back_with_its_key(admin: User) -> None:
    rule, other = make(), make(name="Other")
    services.delete_rule(rule=rule, by=admin, reason="No longer.")
    last = RuleVersion.objects.filter(rule=rule.pk).first()
    assert last is not None
    assert (last.action, last.number, last.reason) == ("removed", 2, "No longer.")
    back = services.restore_rule(version=last, by=admin)
    assert (back.pk, back.version) == (rule.pk, 3)
    assert list(Rule.objects.all()) == [other, back]


def test_a_version_that_names_somebody_unknown_is_not_restored(agent: User) -> None:
    rule = make(owner=agent)
    services.update_rule(rule=rule, by=None, owner=None)
    agent.handle = "gone"
    agent.save()
    with pytest.raises(ValidationError) as caught:
        services.restore_rule(version=RuleVersion.objects.get(number=1), by=None)
    assert caught.value.message_dict == {"owner": ["There is nobody called “maya”."]}


def test_whoever_read_an_older_version_does_not_overwrite_a_newer_one() -> None:
    rule = make()
    services.update_rule(rule=rule, by=None, priority=2)
    with pytest.raises(ValidationError) as caught:
        services.update_rule(rule=rule, by=None, expect=1, priority=0)
    assert "version" in caught.value.message_dict


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
        ({"conditions": {}}, "conditions"),
        ({"conditions": word("ok", "\u200b")}, "conditions"),
        ({"conditions": [1]}, "conditions"),
        ({"priority": 4}, "priority"),
        ({"priority": -1}, "priority"),
        ({"priority": True}, "priority"),
        ({"place": "heaven"}, "place"),
        ({"place": "department"}, "department"),
        ({"place": "unchanged", "goes_on": True}, "place"),
        ({"tags": "late"}, "tags"),
        ({"tags": ["x" * 41]}, "tags"),
        ({"tags": [f"t{n}" for n in range(21)]}, "tags"),
        ({"is_active": "yes"}, "is_active"),
        ({"notes": "x" * 5001}, "notes"),
        ({"starts_on": date(2026, 3, 2), "ends_on": date(2026, 3, 1)}, "ends_on"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(
    values: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        make(**values)
    assert list(caught.value.message_dict) == [field]
    assert not Rule.objects.exists()


def test_a_ticket_is_given_only_to_people_who_work_the_department(
    departments: dict[str, Department], agent: User, pr_officer: User
) -> None:
    with pytest.raises(ValidationError) as caught:
        make(department=departments["pr"], assignee=agent)
    assert "assignee" in caught.value.message_dict
    assert make(department=departments["pr"], assignee=pr_officer).assignee == pr_officer


def test_a_definition_names_skill_policy_and_approver(departments: dict[str, Department]) -> None:
    SlaPolicy.objects.create(name="Fast", slug="fast", resolution_minutes=60)
    Skill.objects.create(slug="legal")
    said = {"skill": "legal", "sla_policy": "fast", "approval_by": "pr", "approval_by_leads": True}
    made = make(**values_of(said), place="unchanged")
    assert {name: definition_of(made)[name] for name in said} == said


@pytest.mark.parametrize("name", ["skill", "sla_policy", "approval_by"])
def test_what_nobody_knows_is_told_by_its_field(
    departments: dict[str, Department], name: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        values_of({name: "nowhere"})
    assert list(caught.value.message_dict) == [name]


def test_a_ticket_goes_to_a_person_or_to_a_skill(
    departments: dict[str, Department], agent: User
) -> None:
    skill = Skill.objects.create(slug="legal")
    with pytest.raises(ValidationError) as caught:
        make(department=departments["customer_service"], skill=skill, assignee=agent)
    assert "skill" in caught.value.message_dict


def test_leads_approve_for_a_department(departments: dict[str, Department]) -> None:
    with pytest.raises(ValidationError) as caught:
        make(department=departments["pr"], approval_by_leads=True)
    assert "approval_by" in caught.value.message_dict


def test_a_department_does_not_consult_itself(departments: dict[str, Department]) -> None:
    with pytest.raises(ValidationError) as caught:
        make(department=departments["pr"], consult=departments["pr"])
    assert "consult" in caught.value.message_dict


def test_tags_are_kept_once_whatever_their_case() -> None:
    assert make(tags=[" Late ", "late", "parcel"]).tags in (["Late", "parcel"], ["late", "parcel"])


@given(st.sampled_from(list(Rule.Place.values)), st.booleans(), st.integers(0, 3) | st.none())
def test_a_definition_says_the_whole_rule(place: str, goes_on: bool, priority: int | None) -> None:
    rule = Rule(name="x", conditions=word("a"), place=place, goes_on=goes_on, priority=priority)
    values = values_of(definition_of(rule))
    assert definition_of(Rule(**values)) == definition_of(rule)


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
        services.update_rule(rule=rule, by=None, conditions={"format": 1, "tree": {"all": []}})
    rule.refresh_from_db()
    assert rule.conditions == word("oil")


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

    def change(text: str) -> None:
        try:
            services.update_rule(rule=rule, by=None, conditions=word(text))
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=(f"word{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rule.refresh_from_db()
    assert rule.version == 5
