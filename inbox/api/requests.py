"""What the API understands."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.models import Department, User
from inbox.models import Ticket
from inbox.models.consults import LONGEST_QUESTION
from inbox.queries import TicketFilter
from inbox.queries.filters import LARGEST_ID, ORDERS, STATES
from inbox.services.tickets import Expectation
from routing.models import Incident

FILES = ("csv", "jsonl")


class ActionSerializer(serializers.Serializer[Any]):
    """An action on a ticket."""

    expect = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=60,
        help_text="The ticket's `expect` as you read it: answers 409 if it changed meanwhile.",
    )

    def validate_expect(self, text: str) -> Expectation | None:
        expectation = Expectation.parse(text)
        if text and expectation is None:
            raise serializers.ValidationError("Send what the ticket's `expect` said.")
        return expectation


class AssignSerializer(ActionSerializer):
    assignee = serializers.PrimaryKeyRelatedField[User](
        queryset=User.objects.filter(is_active=True),
        allow_null=True,
        help_text="Key of a person who works the ticket's department; null: nobody.",
    )


class PrioritySerializer(ActionSerializer):
    priority = serializers.ChoiceField(choices=Ticket.Priority.choices)


class TagsSerializer(ActionSerializer):
    tags = serializers.ListField(
        child=serializers.CharField(max_length=40, allow_blank=True),
        max_length=20,
        help_text="All tags the ticket shall have; unknown ones are created.",
    )


class SnoozeSerializer(ActionSerializer):
    snoozed_until = serializers.DateTimeField(help_text="In the future.")


class IncidentOfTicketSerializer(ActionSerializer):
    incident = serializers.PrimaryKeyRelatedField[Incident](
        queryset=Incident.objects.open(), allow_null=True, help_text="An open one; null: none."
    )


class HandOverRequestSerializer(ActionSerializer):
    department = serializers.SlugRelatedField[Department](
        "slug",
        queryset=Department.objects.all(),
        allow_null=True,
        help_text="Label of the department; null: triage.",
    )
    reason = serializers.CharField(max_length=500)


class SettleSerializer(ActionSerializer):
    department = serializers.SlugRelatedField[Department](
        "slug", queryset=Department.objects.all(), help_text="Label of whose it is."
    )
    reason = serializers.CharField(max_length=500)


class AskSerializer(ActionSerializer):
    department = serializers.SlugRelatedField[Department](
        "slug", queryset=Department.objects.all(), help_text="Label of the department to ask."
    )
    question = serializers.CharField(max_length=LONGEST_QUESTION)


class UntilSerializer(serializers.Serializer[Any]):
    until = serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, help_text="Key of the newest notice you have seen."
    )


class UndoSerializer(serializers.Serializer[Any]):
    event = serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, help_text="Key of the event your action wrote."
    )


class NoteRequestSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(
        max_length=20_000, help_text="@handle tells a colleague who may see the ticket."
    )


class Text(serializers.CharField):
    """A query parameter that no database query can choke on."""

    def to_internal_value(self, data: Any) -> str:
        return str(super().to_internal_value(data)).replace("\0", "")


class PageQuery(serializers.Serializer[Any]):
    """Which page of a list."""

    cursor = serializers.CharField(required=False, allow_blank=True, default="")
    size = serializers.IntegerField(required=False, min_value=1, max_value=200, default=50)


class TicketQuery(serializers.Serializer[Any]):
    """Which tickets."""

    queue = Text(
        required=False,
        max_length=60,
        default="all",
        help_text="all, mine, mentions, consults, unassigned, triage, snoozed, resolved or a "
        "department's label.",
    )
    state = serializers.ChoiceField(
        choices=STATES,
        required=False,
        default="",
        help_text="Without it: what the queue is about, which is open tickets for most.",
    )
    order = serializers.ChoiceField(
        choices=ORDERS,
        required=False,
        default="newest",
        help_text="priority: most urgent; due: what was promised for soonest first.",
    )
    channel = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    assignee = serializers.IntegerField(
        required=False, min_value=0, max_value=LARGEST_ID, help_text="0: nobody."
    )
    language = Text(required=False, max_length=8, default="", help_text="ISO 639-1.")
    tag = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    incident = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    overdue = serializers.BooleanField(
        required=False, default=False, help_text="Those whose next promise is not kept by now."
    )
    since = serializers.DateField(required=False, help_text="First day of the newest post.")
    until = serializers.DateField(required=False, help_text="Last day of the newest post.")

    def as_filter(self) -> TicketFilter:
        """The filter asked for; call it when the query is valid."""
        names = TicketFilter.__dataclass_fields__
        return TicketFilter(**{k: v for k, v in self.validated_data.items() if k in names})


class ExportQuery(TicketQuery):
    """Which tickets, as which kind of file."""

    file = serializers.ChoiceField(choices=FILES, required=False, default="csv")


class SearchQuery(PageQuery):
    """What to find."""

    q = Text(
        allow_blank=True,
        max_length=2000,
        help_text='Words, prefix*, "a phrase", -not, @handle, from:handle, #number.',
    )
