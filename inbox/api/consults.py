"""Questions to other departments, and what you were told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import Department, User
from inbox import notice_words, queries
from inbox.api import requests as asked
from inbox.api.limits import PersonThrottle
from inbox.api.paging import KeysetPagination, answer, page_asked_for
from inbox.api.serializers import DoneSerializer, PersonSerializer
from inbox.models import Consult, Notice, TicketEvent
from inbox.models.consults import LONGEST_ANSWER
from inbox.queries.consults import asked_of, in_full
from inbox.queries.notices import Told, notice_page
from inbox.services import consults, notices

BY_ASKING: tuple[Sequence[str], Sequence[type]] = (("asked_at", "id"), (datetime, int))


class ConsultSerializer(serializers.ModelSerializer[Consult]):
    """A question to another department about a ticket, which stays where it is."""

    department = serializers.SlugRelatedField[Department](
        "slug", read_only=True, help_text="Label of the department that is asked."
    )
    asked_by = PersonSerializer(allow_null=True)
    closed_by = PersonSerializer(allow_null=True)

    class Meta:
        model = Consult
        fields = [
            "id",
            "ticket",
            "department",
            "source",
            "asked_by",
            "question",
            "state",
            "asked_at",
            "answer",
            "closed_by",
            "closed_at",
        ]
        read_only_fields = fields


class AnswerRequestSerializer(serializers.Serializer[Any]):
    answer = serializers.CharField(max_length=LONGEST_ANSWER)


class ConsultQuery(serializers.Serializer[Any]):
    """Which consults."""

    state = serializers.ChoiceField(
        choices=Consult.State.choices, required=False, default=Consult.State.OPEN
    )


class ConsultViewSet(GenericViewSet[Consult]):
    """What your departments are asked."""

    serializer_class = ConsultSerializer
    pagination_class = KeysetPagination
    throttle_classes = [PersonThrottle]
    keyset = BY_ASKING
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Consult]:
        if getattr(self, "swagger_fake_view", False):
            return Consult.objects.none()
        user = cast("User", self.request.user)
        return in_full(Consult.objects.visible_to(user))

    @extend_schema(parameters=[ConsultQuery], responses=ConsultSerializer(many=True))
    def list(self, request: Request) -> Response:
        """What your departments are asked, oldest first; open questions unless told otherwise."""
        query = ConsultQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        mine = asked_of(cast("User", request.user), state=query.validated_data["state"])
        page = self.paginate_queryset(mine)
        return self.get_paginated_response(ConsultSerializer(page or [], many=True).data)

    def retrieve(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """One consult of a ticket you may see."""
        return Response(ConsultSerializer(self.get_object()).data)

    @extend_schema(request=AnswerRequestSerializer, responses=DoneSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Answer for the department that is asked."""
        body = AnswerRequestSerializer(data=request.data)
        consult = self.get_object()
        body.is_valid(raise_exception=True)
        user = cast("User", request.user)
        event = consults.answer(consult=consult, text=body.validated_data["answer"], by=user)
        return _done(event, user)

    @extend_schema(request=None, responses=DoneSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Take the question back; for those who work the ticket."""
        user = cast("User", request.user)
        return _done(consults.withdraw(consult=self.get_object(), by=user), user)


class NoticeSerializer(serializers.Serializer[Any]):
    """Something you were told. Of a ticket you may no longer see it says nothing."""

    id = serializers.IntegerField(source="notice.pk")
    kind = serializers.ChoiceField(choices=Notice.Kind.choices, source="notice.kind")
    ticket = serializers.SerializerMethodField(help_text="null: none that you may see.")
    sentence = serializers.SerializerMethodField()
    detail = serializers.SerializerMethodField(help_text="The note, question, answer or excerpt.")
    created_at = serializers.DateTimeField(source="notice.created_at")
    read_at = serializers.DateTimeField(source="notice.read_at", allow_null=True)

    def get_ticket(self, told: Told) -> int | None:
        return told.ticket.pk if told.ticket else None

    def get_sentence(self, told: Told) -> str:
        return notice_words.sentence_of(told)

    def get_detail(self, told: Told) -> str:
        return notice_words.detail_of(told)


class ReadSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many were unread.")


class NoticeViewSet(GenericViewSet[Notice]):
    """What you were told."""

    serializer_class = NoticeSerializer
    pagination_class = KeysetPagination
    throttle_classes = [PersonThrottle]
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Notice]:
        if getattr(self, "swagger_fake_view", False):
            return Notice.objects.none()
        return Notice.objects.filter(user=cast("User", self.request.user))

    @extend_schema(responses=NoticeSerializer(many=True))
    def list(self, request: Request) -> Response:
        """What you were told, newest first."""
        asked_for = page_asked_for(request)
        user = cast("User", request.user)
        page = notice_page(user, after=asked_for["cursor"], size=asked_for["size"])
        rows = NoticeSerializer(page.rows, many=True).data
        return answer(request, rows, after=page.next, before=page.previous)

    @extend_schema(request=None, responses={204: None}, filters=False)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: int) -> Response:
        """Mark one as read."""
        notice = get_object_or_404(self.get_queryset(), pk=pk)
        notices.read(notice=notice, by=cast("User", request.user))
        return Response(status=204)

    @extend_schema(request=asked.UntilSerializer, responses=ReadSerializer, filters=False)
    @action(detail=False, methods=["post"], url_path="read-all", pagination_class=None)
    def read_all(self, request: Request) -> Response:
        """Mark all up to one as read."""
        body = asked.UntilSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        until = body.validated_data["until"]
        count = notices.read_all(by=cast("User", request.user), until=until)
        return Response({"count": count})


def _done(event: TicketEvent, user: User) -> Response:
    ticket = queries.tickets_in_full(user).filter(pk=event.ticket_id).first()
    return Response(DoneSerializer({"event": event, "ticket": ticket}).data)
