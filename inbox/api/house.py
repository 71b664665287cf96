"""The people, departments, channels and tags around the tickets."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, CharField, IntegerField, Serializer
from rest_framework.views import APIView

from accounts.access import access_of
from accounts.models import Department, User
from inbox import queries
from inbox.api import requests as asked
from inbox.api.limits import PersonThrottle
from inbox.api.paging import answer
from inbox.api.serializers import (
    ChannelSerializer,
    DepartmentSerializer,
    HandOverSerializer,
    HitSerializer,
    MeSerializer,
    PersonSerializer,
    QueueCountsSerializer,
    TicketSerializer,
)
from inbox.models import Channel


class TagSerializer(Serializer[Any]):
    """A label."""

    id = IntegerField()
    name = CharField()


class SearchPageSerializer(Serializer[Any]):
    """A page of findings. `jump` is the ticket when the text was its number."""

    next = CharField(allow_null=True)
    previous = CharField(allow_null=True)
    results = HitSerializer(many=True)
    message = CharField(allow_blank=True)
    jump = TicketSerializer(allow_null=True)


class HouseView(APIView):
    """A short list without pages."""

    throttle_classes = [PersonThrottle]

    def all_of(self, rows: Any, serializer: type[BaseSerializer[Any]]) -> Response:
        context = {"request": self.request}
        return Response(serializer(rows, many=True, context=context).data)

    def is_member(self) -> bool:
        """Whether the person belongs to the organisation at all."""
        return bool(access_of(cast("User", self.request.user)).visible_department_ids)

    def for_members(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows if self.is_member() else rows.none()


class MeView(HouseView):
    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Who you are, and what you may do."""
        return Response(MeSerializer(cast("User", request.user)).data)


class DepartmentsView(HouseView):
    @extend_schema(responses=DepartmentSerializer(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """The departments, and what you may do with their tickets."""
        active = Department.objects.filter(is_active=True)
        return self.all_of(self.for_members(active), DepartmentSerializer)


class PeopleView(HouseView):
    @extend_schema(responses=PersonSerializer(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Your colleagues."""
        people = User.objects.filter(is_active=True, memberships__isnull=False).distinct()
        return self.all_of(self.for_members(people.order_by("name", "id")), PersonSerializer)


class ChannelsView(HouseView):
    @extend_schema(responses=ChannelSerializer(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """The connected pages and feeds."""
        return self.all_of(self.for_members(Channel.objects.all()), ChannelSerializer)


class TagsView(HouseView):
    @extend_schema(responses=TagSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The tags of the tickets you may see."""
        return self.all_of(queries.tags_seen_by(cast("User", request.user)), TagSerializer)


class QueuesView(HouseView):
    @extend_schema(responses=QueueCountsSerializer)
    def get(self, request: Request) -> Response:
        """How many tickets wait where."""
        counts = queries.queue_counts(cast("User", request.user))
        return Response(QueueCountsSerializer(counts).data)


class HandOversView(HouseView):
    @extend_schema(responses=HandOverSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Your newest receipts for tickets you handed over."""
        return self.all_of(queries.receipts_of(cast("User", request.user)), HandOverSerializer)


class SearchView(HouseView):
    @extend_schema(parameters=[asked.SearchQuery], responses=SearchPageSerializer)
    def get(self, request: Request) -> Response:
        """Find posts, notes and contacts of the tickets you may see."""
        query = asked.SearchQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        said = query.validated_data
        user = cast("User", request.user)
        page = queries.search(user, said["q"], after=said["cursor"], size=min(said["size"], 100))
        jump = TicketSerializer(page.jump).data if page.jump else None
        hits = HitSerializer(page.hits, many=True).data
        return answer(request, hits, after=page.next, message=page.message, jump=jump)
