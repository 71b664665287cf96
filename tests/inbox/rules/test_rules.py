"""The routing page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Department, User
from inbox.models import Channel, Ticket
from inbox.queries.rules import rule_lines
from routing import services
from routing.models import RouterSettings, Rule

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def rules(departments: dict[str, Department]) -> list[Rule]:
    """Two rules: lawyers to PR, jobs to HR."""
    return [
        services.create_rule(
            by=None,
            name="Lawyers",
            words=["lawyer", "sue"],
            department=departments["pr"],
            priority=3,
        ),
        services.create_rule(
            by=None, name="Jobs", phrases=["do you hire"], department=departments["hr"]
        ),
    ]


def order() -> list[str]:
    return list(Rule.objects.values_list("name", flat=True))


def test_each_rule_is_a_sentence(as_user: SignIn, admin: User, rules: list[Rule]) -> None:
    page = as_user(admin).get(reverse("inbox:rules")).content.decode()
    assert "If the text has the word “lawyer” or “sue”: PR, priority Urgent." in page


def test_a_sentence_names_channels_and_joins_conditions(channel: Channel) -> None:
    services.create_rule(
        by=None, name="x", channel_ids=[channel.pk], languages=["de"], handles=["sam"]
    )
    (line,) = rule_lines()
    assert line.conditions == (
        "the author is “sam” and the channel is “Kestrel on Facebook” and the language is “de”"
    )
    assert line.consequence == "triage"


def test_a_rule_is_added(
    as_user: SignIn, admin: User, departments: dict[str, Department], channel: Channel
) -> None:
    sent = {
        "name": "Boycott",
        "phrases": "boycott you\n\nnever again",
        "channel_ids": [channel.pk],
        "department": departments["pr"].pk,
        "priority": "2",
        "is_active": "on",
    }
    assert as_user(admin).post(reverse("inbox:rule_create"), sent).status_code == 302
    rule = Rule.objects.get()
    assert (rule.phrases, rule.channel_ids) == (["boycott you", "never again"], [channel.pk])
    assert (rule.department, rule.priority, rule.created_by) == (
        departments["pr"],
        Ticket.Priority.HIGH,
        admin,
    )


def test_a_rule_without_conditions_is_refused_with_a_sentence(as_user: SignIn, admin: User) -> None:
    page = as_user(admin).post(reverse("inbox:rule_create"), {"name": "All", "is_active": "on"})
    assert page.status_code == 200
    assert "alert bad" in page.content.decode() or "field-error" in page.content.decode()
    assert not Rule.objects.exists()


def test_a_rule_is_changed_into_a_new_version(
    as_user: SignIn, admin: User, rules: list[Rule]
) -> None:
    client, address = as_user(admin), reverse("inbox:rule", args=[rules[0].pk])
    assert "lawyer\nsue" in client.get(address).content.decode()
    sent = {
        "name": "Lawyers",
        "words": "attorney",
        "department": rules[0].department_id or "",
        "is_active": "on",
    }
    client.post(address, sent)
    rule = Rule.objects.get(pk=rules[0].pk)
    assert (rule.words, rule.version, rule.priority) == (["attorney"], 2, None)


def test_rules_move_up_and_down(as_user: SignIn, admin: User, rules: list[Rule]) -> None:
    client, move = as_user(admin), reverse("inbox:rule_move", args=[rules[1].pk])
    client.post(move, {"to": "up"})
    assert order() == ["Jobs", "Lawyers"]
    client.post(move, {"to": "up"})
    assert order() == ["Jobs", "Lawyers"]
    client.post(move, {"to": "down"})
    assert order() == ["Lawyers", "Jobs"]


def test_a_rule_is_switched_off_and_removed(
    as_user: SignIn, admin: User, rules: list[Rule]
) -> None:
    client = as_user(admin)
    client.post(reverse("inbox:rule_switch", args=[rules[0].pk]), {"is_active": "0"})
    assert not Rule.objects.get(pk=rules[0].pk).is_active
    client.post(reverse("inbox:rule_delete", args=[rules[0].pk]))
    assert order() == ["Jobs"]


def test_a_text_can_be_tried(as_user: SignIn, admin: User, rules: list[Rule]) -> None:
    page = as_user(admin).post(reverse("inbox:rules"), {"text": "I will call my lawyer!"})
    assert "by the rule “Lawyers”" in page.content.decode()
    assert '<mark dir="auto">lawyer</mark>' in page.content.decode()
    assert not Ticket.objects.exists()


def test_the_threshold_is_set_in_per_cent(as_user: SignIn, admin: User) -> None:
    client = as_user(admin)
    client.post(reverse("inbox:threshold"), {"percent": "70"})
    assert RouterSettings.objects.get().threshold == 0.7
    page = client.post(reverse("inbox:threshold"), {"percent": "101"}).content.decode()
    assert "field-error" in page
    assert RouterSettings.objects.get().threshold == 0.7
