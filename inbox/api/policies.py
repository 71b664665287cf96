"""SLA policies, and whose tickets they are for: members read them, admins change them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts.access import NOTHING, access_of
from accounts.models import Department, SlaDefault, SlaPolicy, User
from accounts.services import refused, sla
from inbox.api.limits import PersonThrottle
from inbox.models import Ticket
from inbox.services.conflicts import Refused

MINUTES_OF_DAY = 24 * 60


class MembersReadAdminsWrite(BasePermission):
    """Whoever belongs to the organisation reads; admins change."""

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002
        access = access_of(cast("User", request.user))
        return access.is_admin or (request.method == "GET" and access != NOTHING)


class PolicySerializer(serializers.Serializer[Any]):
    """What is promised, and by which clock. Minutes are working minutes."""

    slug = serializers.SlugField(read_only=True, help_text="Its label.")
    name = serializers.CharField(max_length=60)
    first_response_minutes = serializers.IntegerField(
        allow_null=True, required=False, min_value=1, max_value=SlaPolicy.MOST_MINUTES
    )
    resolution_minutes = serializers.IntegerField(
        allow_null=True, required=False, min_value=1, max_value=SlaPolicy.MOST_MINUTES
    )
    time_zone = serializers.CharField(max_length=60, required=False)
    shifts = serializers.DictField(
        required=False,
        child=serializers.ListField(
            child=serializers.ListField(
                child=serializers.IntegerField(min_value=0, max_value=MINUTES_OF_DAY),
                min_length=2,
                max_length=2,
            )
        ),
        help_text='By weekday ("0" is Monday) pairs of minutes after midnight; empty: all hours.',
    )
    holidays = serializers.ListField(child=serializers.DateField(), required=False)
    pauses_pending = serializers.BooleanField(required=False)
    pauses_snoozed = serializers.BooleanField(required=False)
    on_hand_over = serializers.ChoiceField(choices=SlaPolicy.OnHandOver.choices, required=False)
    is_active = serializers.BooleanField(required=False)


class DefaultSerializer(serializers.Serializer[Any]):
    """The policy of a department's tickets, or of those of one priority."""

    department = serializers.SlugRelatedField[Department]("slug", queryset=Department.objects.all())
    priority = serializers.ChoiceField(
        choices=Ticket.Priority.choices, allow_null=True, help_text="null: every other priority."
    )
    policy = serializers.SlugRelatedField[SlaPolicy](
        "slug", queryset=SlaPolicy.objects.all(), allow_null=True, help_text="null: none."
    )


@contextmanager
def refusals() -> Iterator[None]:
    """Let what a service refuses be the API's own refusal."""
    try:
        yield
    except refused.Refused as error:
        raise Refused(error.message, field=error.field) from None


class PolicyViewSet(GenericViewSet[SlaPolicy]):
    """What departments promise."""

    serializer_class = PolicySerializer
    permission_classes = [MembersReadAdminsWrite]
    throttle_classes = [PersonThrottle]
    pagination_class = None
    lookup_field = "slug"
    lookup_value_converter = "slug"
    queryset = SlaPolicy.objects.none()

    def get_object(self) -> SlaPolicy:
        return get_object_or_404(SlaPolicy, slug=self.kwargs["slug"])

    @extend_schema(responses=PolicySerializer(many=True))
    def list(self, request: Request) -> Response:  # noqa: ARG002
        """All policies, those out of use included."""
        return Response(PolicySerializer(SlaPolicy.objects.all(), many=True).data)

    def retrieve(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """One policy."""
        return Response(PolicySerializer(self.get_object()).data)

    @extend_schema(responses={201: PolicySerializer})
    def create(self, request: Request) -> Response:
        """Make a policy."""
        return Response(self._save(SlaPolicy(), request, partial=False), status=201)

    def partial_update(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Change a policy; tickets keep the times they were promised."""
        return Response(self._save(self.get_object(), request, partial=True))

    def _save(self, policy: SlaPolicy, request: Request, *, partial: bool) -> Any:
        body = PolicySerializer(data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        with refusals():
            user = cast("User", request.user)
            return PolicySerializer(
                sla.save_policy(policy=policy, by=user, **body.validated_data)
            ).data


class DefaultsView(APIView):
    """Which policy the tickets of a department have, by priority."""

    permission_classes = [MembersReadAdminsWrite]
    throttle_classes = [PersonThrottle]

    @extend_schema(operation_id="sla_defaults_list", responses=DefaultSerializer(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """All that is set."""
        rows = SlaDefault.objects.select_related("department", "policy")
        ordered = rows.order_by("department__position", "department__name", "priority")
        return Response(DefaultSerializer(ordered, many=True).data)

    @extend_schema(request=DefaultSerializer(many=True), responses=DefaultSerializer(many=True))
    def patch(self, request: Request) -> Response:
        """Set some; those not named stay as they are."""
        body = DefaultSerializer(data=request.data, many=True)
        body.is_valid(raise_exception=True)
        wanted = {(d["department"].pk, d["priority"]): d["policy"] for d in body.validated_data}
        with refusals():
            sla.set_defaults(wanted=wanted, by=cast("User", request.user))
        return self.get(request)
