"""Replies by API: drafts, sending, and what can be done about each state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from inbox.api.limits import PersonThrottle
from inbox.api.paging import KeysetPagination
from inbox.api.serializers import PersonSerializer
from inbox.models import Post, Ticket
from inbox.queries.filters import LARGEST_ID
from publishing import services
from publishing.models import Reply
from publishing.models.replies import LONGEST_TEXT


class ReplySerializer(serializers.ModelSerializer[Reply]):
    """An answer, its state, and what got in its way."""

    author = PersonSerializer(allow_null=True)
    reviewed_by = PersonSerializer(allow_null=True)

    class Meta:
        model = Reply
        fields = [
            *("id", "ticket", "in_reply_to", "author", "text", "is_private", "state", "version"),
            *("afterwards", "leaves_at", "next_attempt_at", "attempts", "error_code", "error"),
            *("external_id", "url", "published_at", "post", "reviewed_by", "reviewed_at"),
            *("created_at", "updated_at"),
        ]
        read_only_fields = fields


class ReplyQuery(serializers.Serializer[Any]):
    """Which replies."""

    ticket = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    state = serializers.ChoiceField(choices=Reply.State.choices, required=False)


class DraftSerializer(serializers.Serializer[Any]):
    """What you have written; your draft of the ticket becomes this."""

    ticket = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    text = serializers.CharField(allow_blank=True, max_length=LONGEST_TEXT, trim_whitespace=False)
    is_private = serializers.BooleanField(required=False, allow_null=True, default=None)
    in_reply_to = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=LARGEST_ID,
        help_text="Key of the post you answer; without it their newest.",
    )  # fmt: skip
    version = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=2_147_483_647,
        help_text="The draft's as you read it, 0 for none: answers 409 if it changed meanwhile.",
    )  # fmt: skip
    seen = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=LARGEST_ID,
        help_text="Key of the newest post you have read; without it all there are.",
    )  # fmt: skip


class SendSerializer(serializers.Serializer[Any]):
    """Let it leave."""

    version = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=2_147_483_647
    )
    acknowledge = serializers.ListField(
        child=serializers.CharField(max_length=60), max_length=100, required=False, default=list,
        help_text="Keys of `changes` of a 409, to send in spite of them.",
    )  # fmt: skip
    afterwards = serializers.ChoiceField(
        choices=Reply.Afterwards.choices, required=False, allow_null=True, default=None,
        allow_blank=True, help_text="What becomes of the ticket.",
    )  # fmt: skip


class RetrySerializer(serializers.Serializer[Any]):
    """Send again what was not sent."""

    acknowledge = serializers.ListField(
        child=serializers.CharField(max_length=60), max_length=100, required=False, default=list
    )


class ApproveSerializer(serializers.Serializer[Any]):
    """Exactly this wording may leave."""

    version = serializers.IntegerField(min_value=0, max_value=2_147_483_647)


class RejectSerializer(serializers.Serializer[Any]):
    """It may not leave."""

    reason = serializers.CharField(max_length=500)


class DecideSerializer(serializers.Serializer[Any]):
    """What you saw on the network."""

    has_arrived = serializers.BooleanField()


class EditSerializer(serializers.Serializer[Any]):
    """The new wording of a published reply."""

    text = serializers.CharField(max_length=LONGEST_TEXT, trim_whitespace=False)
    version = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=2_147_483_647
    )


def reply_action(address: str, body: Any = None) -> Callable[..., Any]:
    """Declare an action on a reply: POST, its body, the reply as it is then."""

    def declare(method: Callable[..., Any]) -> Callable[..., Any]:
        routed = action(detail=True, methods=["post"], url_path=address)(method)
        return extend_schema(request=body, responses=ReplySerializer, filters=False)(routed)

    return declare


class ReplyViewSet(GenericViewSet[Reply]):
    """Replies of the tickets you may see; drafts are their author's."""

    serializer_class = ReplySerializer
    pagination_class = KeysetPagination
    throttle_classes = [PersonThrottle]
    lookup_value_converter = "int"
    keyset = (("id",), (int,))
    queryset = Reply.objects.none()

    def get_queryset(self) -> QuerySet[Reply]:
        user = cast("User", self.request.user)
        dressed = ("ticket", "channel", "author", "reviewed_by", "in_reply_to", "post")
        return Reply.objects.visible_to(user).select_related(*dressed)

    def get_object(self) -> Reply:
        return get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])

    @extend_schema(parameters=[ReplyQuery])
    def list(self, request: Request) -> Response:
        """Replies, oldest first."""
        query = ReplyQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = Q(**query.validated_data)
        page = self.paginate_queryset(self.get_queryset().filter(wanted))
        return self.get_paginated_response(ReplySerializer(page, many=True).data)

    def retrieve(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """One reply."""
        return self._shown(self.get_object())

    @extend_schema(request=DraftSerializer, responses=ReplySerializer, filters=False)
    def create(self, request: Request) -> Response:
        """Keep your draft of a ticket: yours is made, or becomes what you send."""
        said = self._said(DraftSerializer)
        user = cast("User", request.user)
        ticket = get_object_or_404(Ticket.objects.visible_to(user), pk=said.pop("ticket"))
        for name in ("in_reply_to", "seen"):
            if (key := said[name]) is not None:
                said[name] = get_object_or_404(Post, pk=key, ticket=ticket)
        return self._shown(services.save_draft(ticket=ticket, author=user, **said))

    @reply_action("send", SendSerializer)
    def send(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Let your draft leave after the undo window; 409 with `changes` when something changed."""
        return self._act(services.send_reply, SendSerializer)

    @reply_action("undo")
    def undo(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Take it back before it leaves: a draft again."""
        return self._act(services.undo_reply)

    @reply_action("discard")
    def discard(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Throw away your draft, or what failed or was rejected."""
        return self._act(services.discard_draft)

    @reply_action("retry", RetrySerializer)
    def retry(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Send again what was not sent."""
        return self._act(services.retry_reply, RetrySerializer)

    @reply_action("approve", ApproveSerializer)
    def approve(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Let exactly this wording leave; a draft again when its thread changed."""
        return self._act(services.approve_reply, ApproveSerializer)

    @reply_action("reject", RejectSerializer)
    def reject(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Send it back to its author."""
        return self._act(services.reject_reply, RejectSerializer)

    @reply_action("decide", DecideSerializer)
    def decide(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Say whether an uncertain reply is on the network."""
        return self._act(services.decide_uncertain, DecideSerializer)

    @reply_action("edit", EditSerializer)
    def edit(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Change a published reply on the network after the undo window."""
        return self._act(services.edit_published, EditSerializer)

    @reply_action("delete")
    def delete(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Take a published reply off the network after the undo window."""
        return self._act(services.delete_published)

    def _act(self, service: Callable[..., Any], body: Any = None) -> Response:
        found = self.get_object()
        said = self._said(body) if body else {}
        service(reply=found, by=cast("User", self.request.user), **said)
        return self._shown(self.get_object())

    def _said(self, body: Any) -> dict[str, Any]:
        parsed = body(data=self.request.data)
        parsed.is_valid(raise_exception=True)
        return dict(parsed.validated_data)

    @staticmethod
    def _shown(reply: Reply) -> Response:
        return Response(ReplySerializer(reply).data)
