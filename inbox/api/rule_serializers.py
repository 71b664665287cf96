"""Rules as the API speaks of them: departments by label, people by handle."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from inbox.api.serializers import PersonSerializer
from inbox.models import Channel, Post
from inbox.queries.filters import LARGEST_ID
from routing.conditions import Lit
from routing.definitions import definition_of
from routing.models import Decision, Rule, RuleProposal, RuleVersion
from routing.wording import sentence_of


class DefinitionSerializer(serializers.Serializer[Any]):
    """What a rule says."""

    name = serializers.CharField(max_length=120)
    conditions = serializers.DictField(
        help_text='`{"format": 1, "tree": {"all": [{"phrase": ["palm oil"]}]}}`: docs/rules.md.'
    )
    place = serializers.ChoiceField(choices=Rule.Place.choices, required=False)
    department = serializers.SlugField(required=False, allow_null=True)
    priority = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=3)
    tags = serializers.ListField(child=serializers.CharField(max_length=40), required=False)
    assignee = serializers.CharField(required=False, allow_null=True, help_text="A handle.")
    skill = serializers.CharField(
        required=False, allow_null=True, help_text="Label of a skill; not with `assignee`."
    )
    sla_policy = serializers.SlugField(required=False, allow_null=True)
    approval_by = serializers.SlugField(
        required=False, allow_null=True, help_text="Department that approves replies."
    )
    approval_by_leads = serializers.BooleanField(required=False)
    consult = serializers.SlugField(required=False, allow_null=True)
    notify_user = serializers.CharField(required=False, allow_null=True, help_text="A handle.")
    notify_department = serializers.SlugField(required=False, allow_null=True)
    goes_on = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)
    starts_on = serializers.DateField(required=False, allow_null=True)
    ends_on = serializers.DateField(required=False, allow_null=True)
    owner = serializers.CharField(required=False, allow_null=True, help_text="A handle.")
    notes = serializers.CharField(required=False, allow_blank=True, max_length=5000)

    def to_internal_value(self, data: Any) -> Any:
        said = super().to_internal_value(data)
        for name in ("starts_on", "ends_on"):
            if said.get(name):
                said[name] = said[name].isoformat()
        return said


class RuleRequestSerializer(DefinitionSerializer):
    """A rule to make, or the fields of one to change."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)
    version = serializers.IntegerField(
        required=False, min_value=1, max_value=LARGEST_ID, write_only=True
    )

    def to_internal_value(self, data: Any) -> Any:
        said = super().to_internal_value(data)
        said.pop("version", None)
        return said


class RuleSerializer(DefinitionSerializer):
    """A rule, and its sentence."""

    id = serializers.IntegerField()
    position = serializers.IntegerField()
    version = serializers.IntegerField()
    sentence = serializers.CharField()

    def to_representation(self, rule: Rule) -> dict[str, Any]:
        return {
            "id": rule.pk,
            "position": rule.position,
            "version": rule.version,
            "sentence": sentence_of(rule, self.context["names"]),
            **definition_of(rule),
        }


class OrderSerializer(serializers.Serializer[Any]):
    """All rules by key, first match first."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), max_length=10_000
    )


class RuleTestRequestSerializer(serializers.Serializer[Any]):
    """A text to route without taking it in."""

    text = serializers.CharField(max_length=10_000)
    channel = serializers.PrimaryKeyRelatedField[Channel](
        queryset=Channel.objects.all(), required=False, allow_null=True
    )
    author = serializers.CharField(required=False, allow_blank=True, max_length=200)
    kind = serializers.ChoiceField(choices=Post.Kind.choices, required=False)
    followers = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=2**31 - 1
    )
    posted_at = serializers.DateTimeField(required=False, allow_null=True)
    is_under_own_post = serializers.BooleanField(required=False)
    is_follow_up = serializers.BooleanField(required=False)
    conditions = serializers.DictField(
        required=False, allow_null=True, help_text="Conditions to hold the text against."
    )


class LitSerializer(serializers.Serializer[Any]):
    """A condition or group, and whether the text fits it."""

    path = serializers.ListField(child=serializers.IntegerField())
    kind = serializers.CharField()
    is_met = serializers.BooleanField()
    found = serializers.ListField(child=serializers.CharField())

    def to_representation(self, lit: Lit) -> dict[str, Any]:
        return {
            "path": list(lit.path),
            "kind": lit.node.kind,
            "is_met": lit.is_met,
            "found": lit.found,
        }


class OutcomeSerializer(serializers.ModelSerializer[Decision]):
    """Where a text would go, and which rules say so."""

    department = serializers.SlugRelatedField[Any]("slug", allow_null=True, read_only=True)
    fired = serializers.ListField(child=serializers.DictField())
    effects = serializers.DictField()

    class Meta:
        model = Decision
        fields = ["department", "method", "confidence", "priority", "consult", "fired", "effects"]
        read_only_fields = fields


class RuleTestSerializer(serializers.Serializer[Any]):
    """What would become of a text."""

    decision = OutcomeSerializer()
    conditions = LitSerializer(many=True)


class RuleVersionSerializer(serializers.ModelSerializer[RuleVersion]):
    """What a rule was from one save to the next."""

    by = PersonSerializer(allow_null=True)
    definition = serializers.DictField()

    class Meta:
        model = RuleVersion
        fields = ["number", "action", "definition", "reason", "by", "at"]
        read_only_fields = fields


class ProposalRequestSerializer(serializers.Serializer[Any]):
    """A rule to ask for."""

    rule = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=LARGEST_ID
    )
    definition = DefinitionSerializer()
    reason = serializers.CharField(max_length=300)


class ProposalSerializer(serializers.ModelSerializer[RuleProposal]):
    """A rule that somebody asks for."""

    by = PersonSerializer(allow_null=True)
    settled_by = PersonSerializer(allow_null=True)
    definition = serializers.DictField()

    class Meta:
        model = RuleProposal
        fields = [
            *("id", "rule", "based_on", "definition", "reason", "by", "at"),
            *("state", "settled_by", "settled_at", "answer"),
        ]
        read_only_fields = fields


class AnswerSerializer(serializers.Serializer[Any]):
    """A word to the one who proposed it."""

    answer = serializers.CharField(required=False, allow_blank=True, max_length=300)
