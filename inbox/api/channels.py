"""How channels are doing, pausing them, and reading back: for admins."""

from __future__ import annotations

from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts.access import access_of
from accounts.models import User
from inbox.api.limits import PersonThrottle
from inbox.forms.connecting import LIMITS, PAST_PERIODS
from inbox.models import Backfill, Channel, ChannelQuota, IntakeHour
from inbox.queries.backfills import backfills_of
from inbox.queries.channel_health import channel_page
from inbox.queries.streams import Stream
from inbox.services import backfills, channels
from inbox.services.conflicts import Refused
from inbox.services.sampling import Estimate, Sample, sample

LONGEST_PAST = 3650  # days
MOST_EXPECTED = 2**31 - 1


class AdminsOnly(BasePermission):
    """How the house is connected is the admins' business."""

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002
        return access_of(cast("User", request.user)).is_admin


class QuotaSerializer(serializers.ModelSerializer[ChannelQuota]):
    """What the network allows, as it last said."""

    class Meta:
        model = ChannelQuota
        fields = ["name", "limit", "remaining", "resets_at"]


class HourSerializer(serializers.ModelSerializer[IntakeHour]):
    """One hour of the ledger. Lags are in seconds."""

    class Meta:
        model = IntakeHour
        fields = [
            *("hour", "new", "old", "edited", "doubled", "deliveries", "polls", "errors", "gaps"),
            *("lag_median", "lag_most"),
        ]


class StreamSerializer(serializers.Serializer[Stream]):
    """The connection over which the network says that something is new."""

    state = serializers.ChoiceField(choices=["connected", "reconnecting", "closed"])
    since = serializers.DateTimeField(allow_null=True)
    last_event_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField(allow_blank=True)


class ChannelHealthSerializer(serializers.Serializer[Any]):
    """How a channel is doing; counts are of the last 24 hours, hours of the last seven days."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    is_active = serializers.BooleanField()
    breaker = serializers.CharField(help_text="closed, open or half_open.")
    failures = serializers.IntegerField()
    last_error = serializers.CharField(allow_blank=True)
    last_received_at = serializers.DateTimeField(allow_null=True)
    last_polled_at = serializers.DateTimeField(allow_null=True)
    next_poll_at = serializers.DateTimeField(allow_null=True)
    credentials_expire_at = serializers.DateTimeField(allow_null=True)
    new = serializers.IntegerField()
    gaps = serializers.IntegerField()
    error_count = serializers.IntegerField()
    lag = serializers.FloatField(allow_null=True, help_text="Seconds, median.")
    alarms = serializers.ListField(child=serializers.CharField())
    stream = StreamSerializer(allow_null=True, help_text="null: the network has none.")
    waiting_deliveries = serializers.IntegerField(help_text="Answered and not yet taken in.")
    quotas = QuotaSerializer(many=True)
    hours = HourSerializer(many=True)


class BackfillSerializer(serializers.ModelSerializer[Backfill]):
    """What is read back, how far it is, and why it waits."""

    class Meta:
        model = Backfill
        fields = [
            *("id", "channel", "state", "since", "history_before", "most", "expected", "pages"),
            *("posts", "created", "tickets", "oldest_at", "reason", "started_at", "finished_at"),
        ]
        read_only_fields = fields


class BackfillRequestSerializer(serializers.Serializer[Any]):
    """How far back, and after how many posts to stop and ask."""

    days = serializers.IntegerField(min_value=1, max_value=LONGEST_PAST)
    most = serializers.IntegerField(min_value=1, max_value=max(LIMITS), default=LIMITS[1])
    expected = serializers.IntegerField(
        min_value=0, max_value=MOST_EXPECTED, required=False, help_text="As the estimate told."
    )
    confirmed = serializers.BooleanField(
        default=False, help_text="Needed for more than seven days: the estimate was read."
    )


class EstimateSerializer(serializers.Serializer[Estimate]):
    """About what a period costs; `allowed` is null when the network does not say."""

    days = serializers.IntegerField()
    posts = serializers.IntegerField()
    requests = serializers.IntegerField()
    minutes = serializers.IntegerField()
    allowed = serializers.IntegerField(allow_null=True)
    resets_at = serializers.DateTimeField(allow_null=True)
    is_over_quota = serializers.BooleanField()


class SampleSerializer(serializers.Serializer[Any]):
    """What the newest pages held, of which nothing is kept; `fault` is why no more was read."""

    posts = serializers.IntegerField()
    pages = serializers.IntegerField()
    fault = serializers.CharField(allow_blank=True)
    estimates = EstimateSerializer(many=True)


class MoreSerializer(serializers.Serializer[Any]):
    """How many posts more it may read."""

    more = serializers.IntegerField(min_value=0, max_value=max(LIMITS), default=0)


class ChannelViewSet(GenericViewSet[Channel]):
    """One channel."""

    serializer_class = ChannelHealthSerializer
    permission_classes = [AdminsOnly]
    throttle_classes = [PersonThrottle]
    pagination_class = None
    lookup_value_converter = "int"
    queryset = Channel.objects.none()

    def get_object(self) -> Channel:
        known = Channel.objects.select_related("state").prefetch_related("quotas")
        return get_object_or_404(known, pk=self.kwargs["pk"])

    @action(detail=True)
    def health(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """How the channel is doing."""
        return self._told()

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Take nothing in until it is resumed; what came stays."""
        channels.set_active(channel=self.get_object(), is_active=False, by=self._user)
        return self._told()

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Take posts in again, from where it stopped."""
        channels.set_active(channel=self.get_object(), is_active=True, by=self._user)
        return self._told()

    @extend_schema(methods=["get"], responses=BackfillSerializer(many=True))
    @extend_schema(
        methods=["post"], request=BackfillRequestSerializer, responses={201: BackfillSerializer}
    )
    @action(detail=True, methods=["get", "post"], url_path="back-fills")
    def back_fills(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """List the newest back-fills, or begin one."""
        channel = self.get_object()
        if request.method == "GET":
            return Response(BackfillSerializer(backfills_of(channel), many=True).data)
        body = BackfillRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        try:
            task = backfills.begin_past(
                channel=channel,
                days=said["days"],
                most=said["most"],
                is_confirmed=said["confirmed"],
                expected=said.get("expected"),
                by=self._user,
            )
        except Refused as error:
            if not error.field:
                raise
            raise serializers.ValidationError({error.field: error.message}) from None
        return Response(BackfillSerializer(task).data, status=201)

    @extend_schema(request=None, responses=SampleSerializer)
    @action(detail=True, methods=["post"], url_path="back-fills/estimate")
    def estimate(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Look at the newest pages, and say about what each period costs."""
        seen = self._sample(self.get_object())
        told = {name: getattr(seen, name) for name in ("posts", "pages", "fault")}
        told["estimates"] = [seen.estimate(days) for days in PAST_PERIODS]
        return Response(SampleSerializer(told).data)

    @staticmethod
    def _sample(channel: Channel) -> Sample:
        try:
            return sample(channel=channel)
        except LookupError:
            reason = _("What was written before cannot be read on this network.")
            raise Refused(reason) from None

    @property
    def _user(self) -> User:
        return cast("User", self.request.user)

    def _told(self) -> Response:
        channel = self.get_object()
        page, state = channel_page(channel), getattr(channel, "state", None)
        told = {name: getattr(page.health, name) for name in ("new", "gaps", "lag")}
        for name in ("last_received_at", "last_polled_at", "next_poll_at", "credentials_expire_at"):
            told[name] = getattr(state, name, None)
        told["error_count"] = page.health.errors
        told |= {"id": channel.pk, "name": channel.name, "is_active": channel.is_active}
        told |= {
            "breaker": state.breaker if state else "closed",
            "failures": state.failures if state else 0,
            "last_error": state.last_error if state else "",
            "alarms": [alarm.message for alarm in page.alarms],
            "quotas": channel.quotas.all(),
            "stream": page.stream,
            "waiting_deliveries": page.waiting.count,
            "hours": page.hours,
        }
        return Response(ChannelHealthSerializer(told).data)


class BackfillViewSet(GenericViewSet[Backfill]):
    """What is read back of channels."""

    serializer_class = BackfillSerializer
    permission_classes = [AdminsOnly]
    throttle_classes = [PersonThrottle]
    pagination_class = None
    lookup_value_converter = "int"
    queryset = Backfill.objects.none()

    def get_object(self) -> Backfill:
        return get_object_or_404(Backfill, pk=self.kwargs["pk"])

    def retrieve(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """One back-fill, and how far it is."""
        return self._told(self.get_object())

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Let it rest."""
        task = self.get_object()
        backfills.pause(task=task, by=self._user)
        return self._told(task)

    @extend_schema(request=MoreSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Go on where it stopped, with `more` posts allowed."""
        body = MoreSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        task = self.get_object()
        backfills.resume(task=task, more=body.validated_data["more"], by=self._user)
        return self._told(task)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """End it; what it brought stays."""
        task = self.get_object()
        backfills.cancel(task=task, by=self._user)
        return self._told(task)

    @property
    def _user(self) -> User:
        return cast("User", self.request.user)

    def _told(self, task: Backfill) -> Response:
        return Response(BackfillSerializer(task).data)
