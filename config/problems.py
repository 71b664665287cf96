"""Errors of the API as problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_framework_handler

from inbox.api.serializers import TicketSerializer
from inbox.services.conflicts import Conflict, NotAllowed, Refused
from publishing.services import Stopped

MEDIA_TYPE = "application/problem+json"


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer with what went wrong; None for what the API did not expect."""
    match error:
        case Conflict():
            ticket = TicketSerializer(error.ticket).data if error.ticket else None
            return problem(409, error.message, ticket=ticket, **_changes(error))
        case NotAllowed():
            return problem(403, error.message)
        case Refused():
            errors = [{"field": f"/{error.field}", "message": error.message}] if error.field else []
            return problem(422, error.message, errors=errors)
    answer = rest_framework_handler(error, context)
    if answer is None:
        return None
    if isinstance(error, ValidationError):
        start = "?" if context["request"].method == "GET" else "/"
        errors = [{"field": f, "message": m} for f, m in _faults(error.detail, start)]
        told = problem(400, "What you sent is not valid.", errors=errors)
    else:
        told = problem(answer.status_code, str(answer.data["detail"]))
    for name in ("WWW-Authenticate", "Retry-After", "Allow"):
        if name in answer.headers:
            told.headers[name] = answer.headers[name]
    return told


def _changes(error: Conflict) -> dict[str, Any]:
    """What stopped a reply; sending again with these keys in `acknowledge` goes on in spite."""
    if not isinstance(error, Stopped):
        return {}
    return {
        "changes": [
            {
                "key": change.key,
                "kind": change.kind,
                "sentence": change.sentence,
                "text": change.text,
            }
            for change in error.changes
        ]
    }


def problem(status: int, detail: str, **more: Any) -> Response:
    """A problem as RFC 9457 wants it; `more` are members of our own."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return Response(body, status=status, content_type=MEDIA_TYPE)


def _faults(detail: Any, path: str) -> Iterator[tuple[str, str]]:
    """Each message with the JSON pointer (in a query, the name) of what it is about."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            here = path if name == "non_field_errors" else f"{path.rstrip('/')}/{name}"
            yield from _faults(inner, here.replace("?/", "?"))
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            nested = isinstance(inner, (dict, list))
            yield from _faults(inner, f"{path}/{number}" if nested else path)
    else:
        yield path, str(detail)
