"""The builder: every step is a plain post."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from hypothesis import given
from lxml.html import fromstring

from accounts.models import Department, User
from inbox.forms.conditions import SHAPES, document_of, draft_of, read_draft
from inbox.models import Channel
from routing import services
from routing.conditions import document_of as stored
from routing.conditions import parse
from routing.leaves import LEAVES
from routing.models import Rule, RuleProposal, RuleVersion
from tests.factories import make_channel
from tests.routing.test_matching import TREES
from tests.routing.trees import all_of, phrase, word

SignIn = Callable[[User], Client]
NEW = {"name": "Palm", "then": "triage", "is_active": "on"}


def posted(html: str) -> QueryDict:
    """What a browser would send of the form on a page."""
    form = QueryDict(mutable=True)
    for name, value in fromstring(html).get_element_by_id("builder").form_values():
        form.appendlist(name, value)
    return form


def fields(**conditions: Any) -> dict[str, Any]:
    """Form fields of conditions: `c` is the root, `c_0` its first child."""
    named = {"c-kind": "all"}
    for name, value in conditions.items():
        place, _dash, field = name.rpartition("__")
        named[f"{place.replace('_', '.')}-{field}"] = value
    return named


PALM = fields(c_0__kind="phrase", c_0__entries="palm oil\n\nrainforest")


@given(TREES)
def test_a_tree_goes_through_the_form_unchanged(tree: dict[str, Any]) -> None:
    document = stored(parse(all_of(tree)))
    form = QueryDict(mutable=True)

    def fill(draft: Any, name: str) -> None:
        form[f"{name}-kind"] = draft.kind
        for field, values in draft.fields.items():
            form.setlist(f"{name}-{field}", values)
        for number, child in enumerate(draft.children):
            fill(child, f"{name}.{number}")

    fill(draft_of(document), "c")
    again = document_of(read_draft(form))
    assert stored(parse(again)) == document


@pytest.mark.django_db
class TestPage:
    def test_a_rule_is_added(
        self, as_user: SignIn, admin: User, departments: dict[str, Department], channel: Channel
    ) -> None:
        sent = {
            **PALM,
            **fields(
                c_1__kind="channel", c_1__entries=[channel.pk], c_2__kind="any",
                c_2_0__kind="confidence", c_2_0__below="60", c_2_1__kind="followers",
                c_2_1__atleast="1000",
            ),
            "name": "Boycott",
            "then": f"department:{departments['pr'].pk}",
            "priority": "2",
            "tags": "palm, forest",
            "is_active": "on",
            "reason": "It begins.",
        }  # fmt: skip
        assert as_user(admin).post(reverse("inbox:rule_create"), sent).status_code == 302
        rule = Rule.objects.get()
        assert rule.conditions == all_of(
            {"phrase": ["palm oil", "rainforest"]},
            {"channel": [channel.pk]},
            {"any": [{"confidence": {"below": 0.6}}, {"followers": {"at_least": 1000}}]},
        )
        assert (rule.department, rule.priority) == (departments["pr"], 2)
        assert (rule.tags, rule.created_by) == (["forest", "palm"], admin)
        assert RuleVersion.objects.get().reason == "It begins."

    def test_what_is_wrong_is_told_at_its_condition(self, as_user: SignIn, admin: User) -> None:
        sent = {**NEW, **fields(c_0__kind="pattern", c_0__entries="price [9-0]")}
        page = as_user(admin).post(reverse("inbox:rule_create"), sent).content.decode()
        assert "At character 8, “9-0”: invalid character class range." in page
        assert not Rule.objects.exists()

    def test_where_posts_go_is_chosen_and_never_presumed(
        self, as_user: SignIn, admin: User, departments: dict[str, Department]
    ) -> None:
        path = reverse("inbox:rule_create")
        blank = as_user(admin).get(path).content.decode()
        assert posted(blank)["then"] == ""
        checked = as_user(admin).post(path, {**NEW, **PALM, "then": "", "do": "check"})
        assert "When a post says “palm oil” or “rainforest”: to ?." in checked.content.decode()
        saved = as_user(admin).post(path, {**NEW, **PALM, "then": ""}).content.decode()
        assert "Choose what becomes of the post." in saved
        assert not Rule.objects.exists()

    def test_a_rule_without_conditions_is_refused(self, as_user: SignIn, admin: User) -> None:
        sent = {**NEW, **fields()}
        page = as_user(admin).post(reverse("inbox:rule_create"), sent).content.decode()
        assert "an empty group says nothing" in page
        assert not Rule.objects.exists()

    @pytest.mark.parametrize(
        ("action", "kinds"),
        [
            ("add:", ["all", "phrase", "any", "word", "near"]),
            ("group:", ["all", "phrase", "any", "word", "any", "near"]),
            ("add:1", ["all", "phrase", "any", "word", "hour"]),
            ("wrap:0", ["all", "any", "phrase", "any", "word"]),
            ("remove:0", ["all", "any", "word"]),
            ("remove:1", ["all", "phrase"]),
            ("remove:", ["all", "phrase", "any", "word"]),
            ("down:0", ["all", "any", "phrase", "word"]),
            ("up:1.0", ["all", "phrase", "word", "any"]),
            ("move:1:0", ["all", "any", "word", "phrase"]),
            ("add:7", ["all", "phrase", "any", "word"]),
            ("add:x", ["all", "phrase", "any", "word"]),
        ],
    )
    def test_each_button_changes_the_tree_and_saves_nothing(
        self, as_user: SignIn, admin: User, action: str, kinds: list[str]
    ) -> None:
        sent = {
            **PALM,
            **fields(c__add="near", c_1__kind="any", c_1__add="hour", c_1_0__kind="word"),
            "do": action,
        }
        page = as_user(admin).post(reverse("inbox:rule_create"), sent).content.decode()
        found = posted(page)
        assert [node.kind for node in flat(read_draft(found))] == kinds
        assert not Rule.objects.exists()

    def test_what_was_moved_says_where_it_is_and_keeps_the_focus(
        self, as_user: SignIn, admin: User
    ) -> None:
        group = fields(c_1__kind="none", c_1_0__kind="word", c_1_0__entries="vegan")
        sent = {**NEW, **PALM, **group, "text": "vegan palm oil", "do": "down:0"}
        html = as_user(admin).post(reverse("inbox:rule_create"), sent).content.decode()
        page = fromstring(html)
        (said,) = page.xpath("//*[@data-said]")
        assert said.text_content() == "Now number 1 of 2 in group 1, “None of these”."
        (button,) = page.xpath("//*[@autofocus]")
        assert button.get("value") == "down:0.0"
        assert "chip bad" in html
        assert "does not say “palm oil” or “rainforest” and does not have the word “vegan”" in html

    def test_at_the_end_of_the_rule_the_way_back_has_the_focus(
        self, as_user: SignIn, admin: User
    ) -> None:
        sent = {**NEW, **PALM, **fields(c_1__kind="word"), "do": "down:0"}
        html = as_user(admin).post(reverse("inbox:rule_create"), sent).content.decode()
        (button,) = fromstring(html).xpath("//*[@autofocus]")
        assert button.get("value") == "up:1"
        assert "Now number 2 of 2, in no group." in html

    def test_a_move_that_is_refused_says_why(self, as_user: SignIn, admin: User) -> None:
        groups = {f"c{'.1' + '.0' * n if n >= 0 else ''}-kind": "all" for n in range(-1, 5)}
        sent = {**NEW, **PALM, **groups, "c.2-kind": "any", "do": "move:2:1.0.0.0.0.0"}
        html = as_user(admin).post(reverse("inbox:rule_create"), sent).content.decode()
        assert "It stays here. Groups are nested at most 6 deep." in html

    def test_each_condition_is_lit(self, as_user: SignIn, admin: User) -> None:
        sent = {
            **NEW,
            **PALM,
            **fields(c_1__kind="none", c_1_0__kind="word", c_1_0__entries="vegan"),
            "text": "vegan palm oil",
            "do": "check",
        }
        page = as_user(admin).post(reverse("inbox:rule_create"), sent).content.decode()
        lights = re.findall(r'id="(n[\d-]*)-lit" class="lit"><span class="chip (ok|bad)', page)
        assert lights == [("n", "bad"), ("n0", "ok"), ("n1", "bad"), ("n1-0", "ok")]
        assert "The text does not fit this rule" in page
        assert "When a post says “palm oil” or “rainforest” and does not have the word" in page

    def test_an_unfinished_condition_says_why_nothing_is_lit(
        self, as_user: SignIn, admin: User
    ) -> None:
        sent = {**NEW, **PALM, **fields(c_1__kind="word"), "text": "palm oil", "do": "check"}
        page = as_user(admin).post(reverse("inbox:rule_create"), sent).content.decode()
        assert "Every condition must be filled in" in page
        assert 'class="chip ok' not in page

    def test_networks_are_called_as_they_call_themselves(
        self, as_user: SignIn, admin: User
    ) -> None:
        make_channel("Kitchen", network="youtube")
        sent = fields(c__kind="all", c_0__kind="network", c_0__entries="youtube")
        page = as_user(admin).post(reverse("inbox:rule_create"), {**NEW, **sent, "do": "check"})
        assert "<span>YouTube</span>" in page.content.decode()
        assert "on YouTube: to" in page.content.decode()

    def test_faults_are_found_while_editing(
        self, as_user: SignIn, admin: User, departments: dict[str, Department]
    ) -> None:
        services.create_rule(by=None, name="All oil", conditions=phrase("oil"))
        sent = {**NEW, **PALM, "c.0-entries": "palm oil", "do": "check"}
        sent["then"] = f"department:{departments['hr'].pk}"
        page = as_user(admin).post(reverse("inbox:rule_create"), sent).content.decode()
        assert "It is never reached: “All oil” takes every post it could match." in page
        assert "Nobody works in HR: its tickets would wait." in page
        never = fields(c_1__kind="language", c_1__entries="en", c_2__kind="language")
        sent |= {**never, "c.2-entries": "de"}
        page = as_user(admin).post(reverse("inbox:rule_create"), sent).content.decode()
        assert "It can never match: its conditions exclude each other." in page

    def test_a_rule_is_changed_and_nobody_overwrites_a_newer_one(
        self, as_user: SignIn, admin: User
    ) -> None:
        rule = services.create_rule(by=None, name="Oil", conditions=word("oil"))
        address = reverse("inbox:rule", args=[rule.pk])
        client = as_user(admin)
        page = client.get(address).content.decode()
        assert 'value="word"' in page
        assert client.post(address, {**NEW, **PALM, "version": 1}).status_code == 302
        rule.refresh_from_db()
        assert (rule.name, rule.version) == ("Palm", 2)
        late = client.post(address, {**NEW, **PALM, "name": "Late", "version": 1})
        assert "Someone else changed this rule meanwhile." in late.content.decode()

    def test_every_kind_of_condition_can_be_drawn(self, as_user: SignIn, admin: User) -> None:
        assert set(SHAPES) == set(LEAVES)
        kinds = {f"c_{n}__kind": kind for n, kind in enumerate(SHAPES)}
        sent = {**NEW, **fields(**kinds), "do": "check"}
        page = as_user(admin).post(reverse("inbox:rule_create"), sent).content.decode()
        assert page.count('<fieldset class="node') == len(SHAPES) + 1

    def test_a_lead_proposes_and_an_admin_accepts(
        self, as_user: SignIn, lead: User, admin: User
    ) -> None:
        client = as_user(lead)
        create = reverse("inbox:rule_create")
        assert "Say why" in client.post(create, {**NEW, **PALM}).content.decode()
        assert client.post(create, {**NEW, **PALM, "reason": "Please."}).status_code == 302
        assert not Rule.objects.exists()
        proposal = RuleProposal.objects.get()
        address = reverse("inbox:rule_proposal", args=[proposal.pk])
        client.post(address, {"do": "accept"})
        assert not Rule.objects.exists()
        client = as_user(admin)
        assert "Please." in client.get(reverse("inbox:rules")).content.decode()
        told = client.get(address).content.decode()
        assert "palm oil" in told
        assert "Approved by leads alone" not in told
        client.post(address, {"do": "accept", "answer": "Good."})
        rule = Rule.objects.get()
        assert (rule.name, rule.created_by) == ("Palm", admin)
        assert "Ines Duarte" in RuleVersion.objects.get().reason
        assert "settled this already" in client.post(address, {"do": "decline"}).content.decode()

    def test_the_history_tells_versions_and_restores_them(
        self, as_user: SignIn, admin: User, lead: User
    ) -> None:
        rule = services.create_rule(by=admin, name="Oil", conditions=word("oil"))
        services.update_rule(
            rule=rule, by=admin, conditions=word("fat"), reason="Wider.", owner=lead
        )
        address = reverse("inbox:rule_history", args=[rule.pk])
        assert "Wider." in as_user(lead).get(address).content.decode()
        client = as_user(admin)
        page = client.get(address).content.decode()
        assert "<del>a post has the word “oil”</del>" in page
        assert "<ins>a post has the word “fat”</ins>" in page
        assert f"<ins>{lead.name}</ins>" in page
        begins = fromstring(page).xpath("//*[@id='v1']//td")
        assert "a post has the word “oil”" in [cell.text_content() for cell in begins]
        first = RuleVersion.objects.get(rule=rule, number=1)
        client.post(reverse("inbox:rule_restore", args=[first.pk]))
        rule.refresh_from_db()
        assert (rule.conditions, rule.version) == (word("oil"), 3)

    def test_a_history_of_nothing_is_not_there(self, as_user: SignIn, admin: User) -> None:
        assert as_user(admin).get(reverse("inbox:rule_history", args=[1])).status_code == 404


def flat(draft: Any) -> list[Any]:
    return [draft, *(below for child in draft.children for below in flat(child))]
