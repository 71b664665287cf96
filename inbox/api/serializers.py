"""What the API says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.access import access_of
from accounts.models import Department, Skill, User
from inbox.models import Channel, Contact, HandOver, Note, Post, PostVersion, Ticket, TicketEvent
from inbox.services.tickets import Expectation
from routing.models import Decision


class PersonSerializer(serializers.ModelSerializer[User]):
    """A colleague."""

    class Meta:
        model = User
        fields = ["id", "name", "handle"]


class ContactSerializer(serializers.ModelSerializer[Contact]):
    """A person or page on one network."""

    class Meta:
        model = Contact
        fields = ["id", "network", "external_id", "handle", "name", "url", "followers"]


class ChannelSerializer(serializers.ModelSerializer[Channel]):
    """A connected brand page or feed, without its secrets."""

    class Meta:
        model = Channel
        fields = ["id", "name", "network", "connector", "page_name", "url", "is_active"]


class PromiseSerializer(serializers.ModelSerializer[Ticket]):
    """What was promised for a ticket. A clock that stands still has no due times."""

    policy = serializers.CharField(source="sla_policy.slug", help_text="Label of the SLA policy.")
    is_running = serializers.SerializerMethodField()
    due_at = serializers.SerializerMethodField(help_text="When the next promise ends.")
    is_breached = serializers.SerializerMethodField(help_text="A promise was or is not kept.")

    class Meta:
        model = Ticket
        fields = [
            "policy",
            "is_running",
            "due_at",
            "first_response_due_at",
            "first_responded_at",
            "resolution_due_at",
            "is_breached",
        ]
        read_only_fields = fields

    def get_is_running(self, ticket: Ticket) -> bool:
        return ticket.sla_running_since is not None

    def get_due_at(self, ticket: Ticket) -> datetime | None:
        return ticket.due_at if ticket.has_due else None

    def get_is_breached(self, ticket: Ticket) -> bool:
        return ticket.breached(timezone.now())


class ApprovalSerializer(serializers.Serializer[Any]):
    """Who must approve replies."""

    department = serializers.CharField(source="approval_by.slug")
    leads = serializers.BooleanField(source="approval_by_leads", help_text="Its leads alone.")


class TicketSerializer(serializers.ModelSerializer[Ticket]):
    """A conversation to work on. `department` null is triage."""

    channel = ChannelSerializer()
    contact = ContactSerializer(allow_null=True)
    department = serializers.SlugRelatedField[Department](
        "slug", allow_null=True, read_only=True, help_text="Label of the department; null: triage."
    )
    assignee = PersonSerializer(allow_null=True)
    tags = serializers.SerializerMethodField()
    promise = serializers.SerializerMethodField(help_text="null: nothing was promised.")
    approval = serializers.SerializerMethodField(help_text="null: no approval is asked for.")
    incident = serializers.SlugRelatedField[Any](
        "slug", allow_null=True, read_only=True, help_text="Label of the incident it belongs to."
    )
    consulted = serializers.SerializerMethodField(
        help_text="Keys of the departments with an open question about it."
    )
    expect = serializers.SerializerMethodField(
        help_text="Send it back with an action, which then fails if the ticket changed meanwhile."
    )
    url = serializers.CharField(
        source="get_absolute_url", read_only=True, help_text="The ticket's page."
    )

    class Meta:
        model = Ticket
        fields = [
            "id",
            "url",
            "state",
            "priority",
            "department",
            "assignee",
            "channel",
            "contact",
            "excerpt",
            "language",
            "tags",
            "is_private",
            "is_answered",
            "post_count",
            "opened_at",
            "last_post_at",
            "snoozed_until",
            "resolved_at",
            "promise",
            "approval",
            "incident",
            "consulted",
            "bouncing_since",
            "expect",
        ]
        read_only_fields = fields

    def get_tags(self, ticket: Ticket) -> list[str]:
        return [tag.name for tag in ticket.tags.all()]

    @extend_schema_field(PromiseSerializer(allow_null=True))
    def get_promise(self, ticket: Ticket) -> Any:
        return PromiseSerializer(ticket).data if ticket.sla_policy_id else None

    @extend_schema_field(ApprovalSerializer(allow_null=True))
    def get_approval(self, ticket: Ticket) -> Any:
        return ApprovalSerializer(ticket).data if ticket.approval_by_id else None

    def get_consulted(self, ticket: Ticket) -> list[int]:
        return list(ticket.consulted)

    def get_expect(self, ticket: Ticket) -> str:
        return str(Expectation.of(ticket))


class PostVersionSerializer(serializers.ModelSerializer[PostVersion]):
    """An earlier wording."""

    class Meta:
        model = PostVersion
        fields = ["text", "written_at", "replaced_at"]


class PostSerializer(serializers.ModelSerializer[Post]):
    """One message on a network, theirs or ours."""

    contact = ContactSerializer(allow_null=True)
    versions = PostVersionSerializer(many=True)
    attachments = serializers.ListField(child=serializers.DictField())
    counts = serializers.DictField(child=serializers.IntegerField())
    is_native = serializers.BooleanField(help_text="The page's own, written on the network itself.")
    is_hidden = serializers.BooleanField(help_text="Out of the public's sight on the network.")
    sent_by = PersonSerializer(allow_null=True)

    class Meta:
        model = Post
        fields = [
            "id",
            "external_id",
            "kind",
            "text",
            "language",
            "is_own",
            "is_native",
            "sent_by",
            "is_private",
            "is_hidden",
            "contact",
            "parent",
            "url",
            "attachments",
            "counts",
            "rating",
            "posted_at",
            "edited_at",
            "deleted_at",
            "words_removed_at",
            "versions",
        ]
        read_only_fields = fields


class NoteSerializer(serializers.ModelSerializer[Note]):
    """An internal remark."""

    author = PersonSerializer(allow_null=True, read_only=True)
    mentions = serializers.SerializerMethodField(help_text="Colleagues who were told.")
    unreached = serializers.SerializerMethodField(
        help_text="Handles in a note just written that named nobody who may see the ticket."
    )

    class Meta:
        model = Note
        fields = ["id", "text", "author", "at", "mentions", "unreached"]
        read_only_fields = fields

    @extend_schema_field(PersonSerializer(many=True))
    def get_mentions(self, note: Note) -> Any:
        return PersonSerializer([mention.user for mention in note.mentions.all()], many=True).data

    def get_unreached(self, note: Note) -> list[str]:
        return list(note.unreached)


class EventSerializer(serializers.ModelSerializer[TicketEvent]):
    """One line of a ticket's timeline. `data` holds before, after and why."""

    actor = PersonSerializer(allow_null=True)
    # The metaclass takes the field away again before `Serializer.data` would miss.
    data = serializers.DictField()  # type: ignore[assignment]

    class Meta:
        model = TicketEvent
        fields = ["id", "kind", "actor", "at", "data"]
        read_only_fields = fields


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """Why the ticket is where routing put it."""

    department = serializers.SlugRelatedField[Department](
        "slug", allow_null=True, read_only=True, help_text="null: triage."
    )
    rule = serializers.CharField(source="rule.name", default=None, allow_null=True)
    probabilities = serializers.DictField(child=serializers.FloatField())
    reasons = serializers.ListField(child=serializers.DictField())
    fired = serializers.ListField(
        child=serializers.DictField(), help_text="Every rule that fired, its version and reasons."
    )

    class Meta:
        model = Decision
        fields = [
            "department",
            "method",
            "confidence",
            "probabilities",
            "runner_up",
            "rule",
            "rule_version",
            "fired",
            "consult",
            "model_version",
            "reasons",
            "created_at",
        ]
        read_only_fields = fields


class HandOverSerializer(serializers.ModelSerializer[HandOver]):
    """Your receipt for a ticket you handed over: that it moved, when and to where."""

    from_department = serializers.SlugRelatedField[Department](
        "slug", allow_null=True, read_only=True
    )
    to_department = serializers.SlugRelatedField[Department](
        "slug", allow_null=True, read_only=True
    )

    class Meta:
        model = HandOver
        fields = ["ticket", "from_department", "to_department", "reason", "at", "undone_at"]
        read_only_fields = fields


class DoneSerializer(serializers.Serializer[Any]):
    """What an action did. `ticket` is null when it went where you may not see it."""

    event = EventSerializer()
    ticket = TicketSerializer(allow_null=True)


class HitSerializer(serializers.Serializer[Any]):
    """One finding, with the words in <mark> and everything else escaped."""

    kind = serializers.ChoiceField(choices=["post", "note", "contact"])
    id = serializers.SerializerMethodField(help_text="Key of the post, note or contact.")
    at = serializers.DateTimeField()
    headline = serializers.CharField()
    ticket = TicketSerializer()

    def get_id(self, hit: Any) -> int:
        return int((hit.post or hit.note or hit.contact).pk)


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    """A department, and what you may do with its tickets."""

    can_see = serializers.SerializerMethodField()
    can_work = serializers.SerializerMethodField()

    class Meta:
        model = Department
        fields = ["slug", "name", "letter", "is_confidential", "can_see", "can_work"]

    def get_can_see(self, department: Department) -> bool:
        return access_of(self.context["request"].user).sees(department.pk)

    def get_can_work(self, department: Department) -> bool:
        return access_of(self.context["request"].user).works(department.pk)


class MeSerializer(serializers.ModelSerializer[User]):
    """You."""

    sees = serializers.SerializerMethodField(help_text="Departments whose tickets you may read.")
    works = serializers.SerializerMethodField(help_text="Departments whose tickets you may change.")
    sees_triage = serializers.SerializerMethodField()
    works_triage = serializers.SerializerMethodField()
    is_admin = serializers.SerializerMethodField()
    skills = serializers.SlugRelatedField[Skill]("slug", many=True, read_only=True)

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "name",
            "handle",
            "time_zone",
            "skills",
            "away_since",
            "sees",
            "works",
            "sees_triage",
            "works_triage",
            "is_admin",
        ]

    def get_sees(self, user: User) -> list[str]:
        return self._slugs(access_of(user).visible_department_ids)

    def get_works(self, user: User) -> list[str]:
        return self._slugs(access_of(user).workable_department_ids)

    def get_sees_triage(self, user: User) -> bool:
        return access_of(user).can_see_triage

    def get_works_triage(self, user: User) -> bool:
        return access_of(user).can_work_triage

    def get_is_admin(self, user: User) -> bool:
        return access_of(user).is_admin

    def _slugs(self, ids: frozenset[int]) -> list[str]:
        return list(Department.objects.filter(pk__in=ids).values_list("slug", flat=True))


class QueueCountsSerializer(serializers.Serializer[Any]):
    """How many tickets wait where; null where you may not look or it is not counted."""

    mine = serializers.IntegerField()
    mentions = serializers.IntegerField()
    consults = serializers.IntegerField(help_text="Tickets a department of yours is asked about.")
    notices = serializers.IntegerField(help_text="What you were told and have not read, up to 99.")
    unassigned = serializers.IntegerField()
    triage = serializers.IntegerField(allow_null=True)
    snoozed = serializers.IntegerField()
    resolved = serializers.IntegerField(allow_null=True)
    all = serializers.IntegerField()
    departments = serializers.DictField(child=serializers.IntegerField())
