"""Macros by API."""

from __future__ import annotations

from typing import cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Department, User
from inbox.api.limits import PersonThrottle
from publishing.models import Macro
from publishing.queries.macros import macros_of_house


class MacroSerializer(serializers.ModelSerializer[Macro]):
    """A canned reply, its variables as they are written."""

    department = serializers.SlugRelatedField[Department](
        "slug", allow_null=True, read_only=True, help_text="null: of all departments."
    )

    class Meta:
        model = Macro
        fields = [
            *("id", "name", "department", "shortcut", "text", "topic", "tags", "is_active"),
            *("uses", "last_used_at"),
        ]
        read_only_fields = fields


class MacrosView(APIView):
    throttle_classes = [PersonThrottle]

    @extend_schema(responses=MacroSerializer(many=True), operation_id="macros_list")
    def get(self, request: Request) -> Response:
        """The macros you may answer with or change."""
        rows = macros_of_house(cast("User", request.user))
        return Response(MacroSerializer(rows, many=True).data)
