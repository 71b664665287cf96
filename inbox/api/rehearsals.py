"""Rehearsals: admins ask what a change of routing would have done, leads what they may propose."""

from __future__ import annotations

from typing import Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from inbox.api.limits import PersonThrottle
from inbox.api.rules import refusals
from inbox.api.serializers import PersonSerializer
from inbox.queries.rehearsals import Example, Examples, Why, examples_of, flows_of, places_for
from inbox.services.conflicts import Refused
from routing import services
from routing.models import Rehearsal


class LeadsAndAdmins(BasePermission):
    """Whoever may propose a rule."""

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002
        return services.may_propose(cast("User", request.user))


class RehearsalRequestSerializer(serializers.Serializer[Any]):
    """What to rehearse: `days` or `posts`; without either, two weeks."""

    change = serializers.DictField(
        help_text='`{"kind": "threshold", "threshold": 0.7}`; docs/rehearsal.md has all kinds.'
    )
    days = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=Rehearsal.MOST_DAYS
    )
    posts = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=Rehearsal.MOST_POSTS
    )
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)


class MoveSerializer(serializers.Serializer[Any]):
    """Posts that would go elsewhere; "" is triage, "spam" parked as spam."""

    origin = serializers.CharField(source="origin.slug", allow_blank=True)
    target = serializers.CharField(source="target.slug", allow_blank=True)
    n = serializers.IntegerField()


class RehearsalSerializer(serializers.ModelSerializer[Rehearsal]):
    """A rehearsal: how far it is, and what it found."""

    by = PersonSerializer(allow_null=True)
    change = serializers.DictField()
    moves = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField(
        help_text="Counts: `n`, `moved`, `erased`, `before`, `after`, `hours`, `corrected` …"
    )

    class Meta:
        model = Rehearsal
        fields = [
            *("id", "state", "percent", "change", "reason", "days", "posts", "by", "asked_at"),
            *("finished_at", "error", "moves", "result", "saved_at"),
        ]
        read_only_fields = fields

    def get_moves(self, rehearsal: Rehearsal) -> list[dict[str, Any]]:
        flows = flows_of(rehearsal, self.context["places"])
        return [dict(row) for row in MoveSerializer(flows, many=True).data]

    def get_result(self, rehearsal: Rehearsal) -> dict[str, Any]:
        hidden = {"flows", "examples"}
        return {name: found for name, found in rehearsal.result.items() if name not in hidden}


class WhySerializer(serializers.Serializer[Why]):
    """A rule, or "" for the classifier; how sure that was, and the words behind it."""

    rule = serializers.CharField(allow_blank=True)
    percent = serializers.IntegerField()
    guess = serializers.CharField(
        allow_blank=True, help_text='Name of what the classifier thought; "" when routing changed.'
    )
    words = serializers.ListField(child=serializers.CharField())


class ExampleSerializer(serializers.Serializer[Example]):
    """A post that would go elsewhere."""

    ticket = serializers.IntegerField(source="ticket.pk")
    text = serializers.CharField()
    before = WhySerializer()
    after = WhySerializer()


class ExamplesSerializer(serializers.Serializer[Examples]):
    """At most twenty examples of a move; `hidden` more are in departments you cannot read."""

    shown = ExampleSerializer(many=True)
    hidden = serializers.IntegerField()


class RehearsalViewSet(GenericViewSet[Rehearsal]):
    """What a change of routing would have done, before it is made."""

    serializer_class = RehearsalSerializer
    permission_classes = [LeadsAndAdmins]
    throttle_classes = [PersonThrottle]
    pagination_class = None
    lookup_value_converter = "int"
    queryset = Rehearsal.objects.none()

    def get_object(self) -> Rehearsal:
        visible = Rehearsal.objects.visible_to(self._user).select_related("by")
        return get_object_or_404(visible, pk=self.kwargs["pk"])

    @extend_schema(request=RehearsalRequestSerializer, responses={201: RehearsalSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a rehearsal; a worker runs it."""
        body = RehearsalRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        with refusals():
            asked = services.request_rehearsal(by=self._user, **body.validated_data)
        return self._told(asked, status=201)

    def retrieve(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """How far it is, or what it found."""
        return self._told(self.get_object())

    @extend_schema(
        parameters=[
            OpenApiParameter("from", str, required=True, description='A department; "" is triage.'),
            OpenApiParameter("to", str, required=True),
        ],
        responses=ExamplesSerializer,
    )
    @action(detail=True)
    def examples(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Posts of one move, of tickets you may see."""
        rehearsal = self.get_object()
        wanted = request.query_params.get("from"), request.query_params.get("to")
        flows = flows_of(rehearsal, places_for(self._user))
        flow = next((f for f in flows if (f.origin.slug, f.target.slug) == wanted), None)
        if flow is None:
            raise NotFound("Nothing would move like this.")
        return Response(ExamplesSerializer(examples_of(rehearsal, flow, user=self._user)).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Stop it; fails when it has ended."""
        if not services.cancel_rehearsal(rehearsal=self.get_object()):
            raise Refused("It has ended already.")
        return self._told(self.get_object())

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def save(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Make the change that was rehearsed; for admins."""
        with refusals():
            services.save_rehearsed(rehearsal=self.get_object(), by=self._user)
        return self._told(self.get_object())

    @property
    def _user(self) -> User:
        return cast("User", self.request.user)

    def _told(self, rehearsal: Rehearsal, *, status: int = 200) -> Response:
        context = {**self.get_serializer_context(), "places": places_for(self._user)}
        return Response(RehearsalSerializer(rehearsal, context=context).data, status=status)
