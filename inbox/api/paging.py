"""Pages of the API: follow `next` until it is null."""

from __future__ import annotations

from typing import Any

from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from inbox.api.requests import PageQuery
from inbox.queries.keyset import slice_of


class KeysetPagination(BasePagination):
    """A page is a position and a number of rows, so that new rows move no page.

    Lists that come as querysets are in the order of `view.keyset`: its columns, their types.
    """

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        columns, kinds = view.keyset  # type: ignore[union-attr]
        asked = page_asked_for(request)
        found = slice_of(
            queryset,
            order=columns[0],
            columns=columns,
            kinds=kinds,
            down=False,
            after=asked["cursor"],
            size=asked["size"],
        )
        self._request, self._next, self._previous = request, found.next, found.previous
        return found.rows

    def get_paginated_response(self, data: Any) -> Response:
        return answer(self._request, data, after=self._next, before=self._previous)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:  # noqa: ARG002
        return [
            {
                "name": "cursor",
                "in": "query",
                "schema": {"type": "string"},
                "description": "Position of the page, as `next` and `previous` hold it.",
            },
            {
                "name": "size",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
                "description": "Rows a page.",
            },
        ]


def page_asked_for(request: Request) -> dict[str, Any]:
    """The `cursor` and `size` of the request; raises `ValidationError`."""
    query = PageQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)


def answer(
    request: Request, results: Any, *, after: str, before: str = "", **more: Any
) -> Response:
    """A page of results with the addresses of its neighbours."""
    here = request.build_absolute_uri()

    def link(cursor: str) -> str | None:
        return replace_query_param(here, "cursor", cursor) if cursor else None

    return Response({"next": link(after), "previous": link(before), "results": results, **more})
