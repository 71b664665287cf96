"""Lessons and models: for admins, who may change what the router learns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts.access import access_of
from accounts.models import Department, User
from inbox.api.limits import PersonThrottle
from inbox.api.paging import KeysetPagination
from inbox.api.serializers import PersonSerializer
from inbox.queries.filters import LARGEST_ID
from inbox.queries.lessons import LessonFilter, lessons_for
from inbox.services.conflicts import Refused
from routing import services
from routing.classifier import ModelError
from routing.models import Lesson, RouterModel, Training


class IsAdmin(BasePermission):
    """Admins of the organisation, and nobody else."""

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002
        return access_of(request.user).is_admin


class LessonSerializer(serializers.ModelSerializer[Lesson]):
    """An answer a person gave. `text` is null where you may not read it, "" once erased."""

    by = PersonSerializer(allow_null=True)
    from_department = serializers.SlugRelatedField[Department](
        "slug", allow_null=True, read_only=True, help_text="null: triage."
    )
    to_department = serializers.SlugRelatedField[Department](
        "slug", allow_null=True, read_only=True, help_text="null: spam."
    )
    text = serializers.SerializerMethodField()

    class Meta:
        model = Lesson
        fields = [
            *("id", "at", "by", "source", "from_department", "to_department", "is_spam"),
            *("text", "language", "undone_at"),
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_text(self, lesson: Lesson) -> str | None:
        return lesson.text if getattr(lesson, "is_readable", False) or not lesson.text else None


class ModelSerializer(serializers.ModelSerializer[RouterModel]):
    """A trained model."""

    macro_f1 = serializers.SerializerMethodField(help_text="On parts it had not seen.")
    lessons = serializers.SerializerMethodField(help_text="How many it was trained with.")

    class Meta:
        model = RouterModel
        fields = [
            *("id", "version", "trained_at", "is_active", "is_pinned", "promoted_at"),
            *("macro_f1", "lessons"),
        ]
        read_only_fields = fields

    def get_macro_f1(self, model: RouterModel) -> float:
        return float(model.metrics.get("macro_f1", 0.0))

    def get_lessons(self, model: RouterModel) -> int:
        return int(model.metrics.get("n_lessons", 0))


class TrainingSerializer(serializers.ModelSerializer[Training]):
    """A training: how far it is, and what became of it."""

    challenger = serializers.SlugRelatedField[RouterModel](
        "version", allow_null=True, read_only=True
    )

    class Meta:
        model = Training
        fields = [
            *("id", "state", "percent", "step", "lessons", "asked_at", "finished_at"),
            *("challenger", "is_promoted", "outcome"),
        ]
        read_only_fields = fields


class PromoteSerializer(serializers.Serializer[Any]):
    instead_of = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=LARGEST_ID,
        help_text="Key of the model you believe in charge: answers 422 if it is another.",
    )


class PinSerializer(serializers.Serializer[Any]):
    is_pinned = serializers.BooleanField()


class LessonViewSet(GenericViewSet[Lesson]):
    """What people taught the router."""

    serializer_class = LessonSerializer
    pagination_class = KeysetPagination
    permission_classes = [IsAdmin]
    throttle_classes = [PersonThrottle]
    lookup_value_converter = "int"
    keyset = (("id",), (int,))
    queryset = Lesson.objects.none()

    def _lessons(self) -> QuerySet[Lesson]:
        return lessons_for(cast("User", self.request.user), LessonFilter())

    def list(self, request: Request) -> Response:  # noqa: ARG002
        """All lessons, oldest first."""
        page = self.paginate_queryset(self._lessons())
        return self.get_paginated_response(LessonSerializer(page, many=True).data)

    @extend_schema(request=None, responses=LessonSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, pk: int) -> Response:
        """Let a lesson count no longer."""
        lesson = get_object_or_404(self._lessons(), pk=pk)
        services.unlearn(lesson_ids=[lesson.pk], by=cast("User", request.user))
        return Response(LessonSerializer(self._lessons().get(pk=pk)).data)


class ModelViewSet(GenericViewSet[RouterModel]):
    """The router's models."""

    serializer_class = ModelSerializer
    pagination_class = KeysetPagination
    permission_classes = [IsAdmin]
    throttle_classes = [PersonThrottle]
    lookup_value_converter = "int"
    keyset = (("id",), (int,))
    queryset = RouterModel.objects.all()

    def list(self, request: Request) -> Response:  # noqa: ARG002
        """All models, oldest first."""
        page = self.paginate_queryset(RouterModel.objects.all())
        return self.get_paginated_response(ModelSerializer(page, many=True).data)

    @extend_schema(request=None, responses={202: TrainingSerializer}, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None)
    def train(self, request: Request) -> Response:
        """Train a challenger; the training under way when there is one."""
        training = services.request_training(by=cast("User", request.user))
        return Response(TrainingSerializer(training).data, status=202)

    @extend_schema(responses=TrainingSerializer(many=True), filters=False)
    @action(detail=False, pagination_class=None)
    def trainings(self, request: Request) -> Response:  # noqa: ARG002
        """The newest trainings."""
        newest = Training.objects.select_related("challenger")[:20]
        return Response(TrainingSerializer(newest, many=True).data)

    @extend_schema(request=PromoteSerializer, responses=ModelSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def promote(self, request: Request, pk: int) -> Response:
        """Put a model in charge."""
        body = PromoteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        model = get_object_or_404(RouterModel, pk=pk)
        instead_of = body.validated_data.get("instead_of")
        return _changed(lambda: services.activate_model(model=model, instead_of=instead_of))

    @extend_schema(request=PinSerializer, responses=ModelSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def pin(self, request: Request, pk: int) -> Response:
        """Keep the model in charge whatever a training brings, or let it go."""
        body = PinSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        model = get_object_or_404(RouterModel, pk=pk)
        return _changed(
            lambda: services.pin_model(model=model, is_pinned=body.validated_data["is_pinned"])
        )

    @extend_schema(request=None, responses=ModelSerializer, filters=False)
    @action(detail=False, methods=["post"], url_path="roll-back", pagination_class=None)
    def roll_back(self, request: Request) -> Response:  # noqa: ARG002
        """Put the model in charge that was there before."""
        return _changed(services.roll_back)


def _changed(service: Callable[[], RouterModel]) -> Response:
    try:
        model = service()
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    except (ModelError, services.Superseded) as error:
        raise Refused(str(error)) from None
    return Response(ModelSerializer(model).data)
