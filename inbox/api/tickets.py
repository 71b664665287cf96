"""Tickets and what belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django.db.models import Model, Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from inbox import queries
from inbox.api import requests as asked
from inbox.api.actions import TicketActions
from inbox.api.consults import BY_ASKING, ConsultSerializer
from inbox.api.export import as_file
from inbox.api.limits import PersonThrottle
from inbox.api.paging import KeysetPagination, answer, page_asked_for
from inbox.api.serializers import (
    DecisionSerializer,
    EventSerializer,
    NoteSerializer,
    PostSerializer,
    TicketSerializer,
)
from inbox.models import Consult, Mention, Ticket
from inbox.queries.consults import in_full
from inbox.queries.conversation import events_of, notes_of, posts_of
from inbox.services import notes

BY_TIME: tuple[Sequence[str], Sequence[type]] = (("at", "id"), (datetime, int))
BY_POSTING: tuple[Sequence[str], Sequence[type]] = (("posted_at", "id"), (datetime, int))


class TicketViewSet(TicketActions, GenericViewSet[Ticket]):
    """The tickets you may see."""

    serializer_class = TicketSerializer
    pagination_class = KeysetPagination
    throttle_classes = [PersonThrottle]
    lookup_value_converter = "int"
    keyset = BY_TIME
    # Only its model is read, by the schema.
    queryset = Ticket.objects.none()

    def get_object(self) -> Ticket:
        user = cast("User", self.request.user)
        return get_object_or_404(queries.tickets_in_full(user), pk=self.kwargs["pk"])

    @extend_schema(parameters=[asked.TicketQuery])
    def list(self, request: Request) -> Response:
        """The tickets of a queue, as its page shows them."""
        query = asked.TicketQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        page = page_asked_for(request)
        user = cast("User", request.user)
        found = queries.page_of(user, query.as_filter(), after=page["cursor"], size=page["size"])
        rows = TicketSerializer(found.rows, many=True).data
        return answer(request, rows, after=found.next, before=found.previous)

    def retrieve(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """One ticket."""
        return Response(TicketSerializer(self.get_object()).data)

    @extend_schema(responses=PostSerializer(many=True))
    @action(detail=True)
    def posts(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """What was said, oldest first."""
        self.keyset = BY_POSTING
        posts = posts_of(self.get_object()).prefetch_related("versions")
        return self._page(posts, PostSerializer)

    @extend_schema(responses=NoteSerializer(many=True))
    @action(detail=True)
    def notes(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Internal remarks, oldest first."""
        mentions = Prefetch("mentions", Mention.objects.select_related("user"))
        notes = notes_of(self.get_object()).prefetch_related(mentions)
        return self._page(notes, NoteSerializer)

    @extend_schema(
        request=asked.NoteRequestSerializer, responses={201: NoteSerializer}, filters=False
    )
    @notes.mapping.post
    def add_note(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Write a note."""
        ticket = self.get_object()
        body = asked.NoteRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user = cast("User", request.user)
        note = notes.add_note(ticket=ticket, text=body.validated_data["text"], by=user)
        return Response(NoteSerializer(note).data, status=201)

    @extend_schema(responses=ConsultSerializer(many=True))
    @action(detail=True)
    def consults(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Whom its people, rules or the router asked about it, oldest first."""
        self.keyset = BY_ASKING
        asked_about = Consult.objects.filter(ticket=self.get_object())
        return self._page(in_full(asked_about), ConsultSerializer)

    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True)
    def events(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """The timeline, oldest first."""
        return self._page(events_of(self.get_object()), EventSerializer)

    @extend_schema(responses=DecisionSerializer)
    @action(detail=True)
    def decision(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Why the ticket was routed where it was."""
        decision = self.get_object().decision
        if decision is None:
            raise NotFound("This ticket was not routed.")
        return Response(DecisionSerializer(decision).data)

    @extend_schema(
        parameters=[asked.ExportQuery],
        responses={(200, "text/csv"): str, (200, "application/jsonl"): str},
        filters=False,
    )
    @action(detail=False, pagination_class=None)
    def export(self, request: Request) -> Any:
        """All tickets of a queue as one file."""
        query = asked.ExportQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        user = cast("User", request.user)
        return as_file(user, query.as_filter(), kind=query.validated_data["file"])

    def _page(self, rows: QuerySet[Any], serializer: type[BaseSerializer[Any]]) -> Response:
        page = self.paginate_queryset(cast("QuerySet[Ticket]", rows))
        return self.get_paginated_response(serializer(cast("list[Model]", page), many=True).data)
