"""Incidents: everybody reads them, leads open and change them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts.access import NOTHING, access_of
from accounts.models import User
from inbox.api.limits import PersonThrottle
from inbox.api.rules import refusals
from inbox.api.serializers import PersonSerializer
from inbox.models import Channel, Ticket
from inbox.models.search import CONFIGURATIONS
from inbox.queries.filters import LARGEST_ID
from inbox.queries.incidents import incident_line, incident_lines
from routing import services
from routing.models import Incident


class MembersReadLeadsWrite(BasePermission):
    """Whoever belongs to the organisation reads incidents; leads and admins change them."""

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002
        user = cast("User", request.user)
        if request.method == "GET":
            return access_of(user) != NOTHING
        return services.may_open_incidents(user)


class IncidentSerializer(serializers.ModelSerializer[Incident]):
    """What is going on, and how its posts are known."""

    opened_by = PersonSerializer(allow_null=True)
    closed_by = PersonSerializer(allow_null=True)

    class Meta:
        model = Incident
        fields = [
            *("id", "slug", "title", "kind", "phrases", "channels", "languages", "likeness"),
            *("opened_by", "opened_at", "closed_by", "closed_at"),
        ]
        read_only_fields = fields


class IncidentLineSerializer(serializers.Serializer[Any]):
    """An incident, and how many of its tickets you may see."""

    incident = IncidentSerializer()
    total = serializers.IntegerField()
    unresolved = serializers.IntegerField()


class IncidentRequestSerializer(serializers.Serializer[Any]):
    """What to call it, and by what new posts are known."""

    title = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=Incident.Kind.choices, required=False)
    phrases = serializers.ListField(child=serializers.CharField(max_length=200), required=False)
    tickets = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        required=False,
        help_text="Posts like those of these tickets; they are added to the examples there are.",
    )
    likeness = serializers.FloatField(required=False, min_value=0.3, max_value=1.0)
    channels = serializers.PrimaryKeyRelatedField[Channel](
        queryset=Channel.objects.all(), many=True, required=False
    )
    languages = serializers.MultipleChoiceField(choices=sorted(CONFIGURATIONS), required=False)


class IncidentViewSet(GenericViewSet[Any]):
    """Attack waves and outages: many tickets, one cause."""

    serializer_class = IncidentLineSerializer
    permission_classes = [MembersReadLeadsWrite]
    throttle_classes = [PersonThrottle]
    pagination_class = None
    lookup_value_converter = "int"
    queryset = Incident.objects.none()

    def get_object(self) -> Incident:
        people = Incident.objects.select_related("opened_by", "closed_by")
        return get_object_or_404(people, pk=self.kwargs["pk"])

    @extend_schema(responses=IncidentLineSerializer(many=True))
    def list(self, request: Request) -> Response:  # noqa: ARG002
        """The open ones, then the newest fifty closed ones."""
        return Response(IncidentLineSerializer(incident_lines(self._user), many=True).data)

    def retrieve(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """One incident; `GET /api/tickets?incident=` lists its tickets."""
        return self._told(self.get_object())

    @extend_schema(request=IncidentRequestSerializer, responses={201: IncidentLineSerializer})
    def create(self, request: Request) -> Response:
        """Open an incident: new posts that fit are linked to it."""
        incident = self._save(Incident(), request, partial=False)
        return self._told(incident, status=201)

    @extend_schema(request=IncidentRequestSerializer(partial=True))
    def partial_update(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Change how its posts are known."""
        return self._told(self._save(self.get_object(), request, partial=True))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Link no more posts to it."""
        services.close_incident(incident=self.get_object(), by=self._user)
        return self._told(self.get_object())

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Link posts to it again."""
        services.reopen_incident(incident=self.get_object())
        return self._told(self.get_object())

    @property
    def _user(self) -> User:
        return cast("User", self.request.user)

    def _save(self, incident: Incident, request: Request, *, partial: bool) -> Incident:
        body = IncidentRequestSerializer(data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        if "channels" in said:
            said["channels"] = [channel.pk for channel in said["channels"]]
        if "languages" in said:
            said["languages"] = sorted(said["languages"])
        if "tickets" in said:
            said["examples"] = self._examples(incident, said.pop("tickets"))
        with refusals():
            return services.save_incident(incident=incident, by=self._user, **said)

    def _examples(self, incident: Incident, tickets: Sequence[int]) -> Sequence[int]:
        """The examples there are and the decisions on these tickets, as far as they are visible."""
        visible = Ticket.objects.visible_to(self._user).filter(pk__in=tickets)
        found = dict(visible.values_list("pk", "decision_id"))
        if missing := [pk for pk in tickets if pk not in found]:
            raise serializers.ValidationError(
                {"tickets": [f"There is no ticket {missing[0]} for you."]}
            )
        return [*dict.fromkeys([*incident.examples, *filter(None, found.values())])]

    def _told(self, incident: Incident, *, status: int = 200) -> Response:
        line = incident_line(self._user, incident)
        return Response(IncidentLineSerializer(line).data, status=status)
