"""Where networks and other systems deliver posts."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import Any, BinaryIO

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from inbox.connectors.signature import SignatureError
from inbox.connectors.types import ParseError
from inbox.services import deliveries, network_deliveries

LARGEST_BODY = 1024 * 1024
MOST_DISCARDED = 16 * LARGEST_BODY
_PIECE = 64 * 1024


class Problem(Exception):  # noqa: N818
    """An answer that is not 200, as problem+json (RFC 9457)."""

    def __init__(
        self, status: int, detail: str, *, headers: dict[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers or {}
        title = HTTPStatus(status).phrase
        self.content = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        self.content |= extra

    def as_response(self) -> HttpResponse:
        return JsonResponse(
            self.content,
            status=self.status,
            headers=self.headers,
            content_type="application/problem+json",
        )


@csrf_exempt
def deliver(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a signed delivery in, or answer a network's question; 200 means that it is committed."""
    try:
        if request.method == "GET" and (answer := _handshake(request, pk)):
            return answer
        body = _body_of(request)
        return JsonResponse(_take(request, pk, body))
    except Problem as problem:
        _discard(request)
        return problem.as_response()
    except (OperationalError, InterfaceError, deliveries.SecretUnreadable):
        detail = "Nothing was taken in: the database is out of reach. Send it again."
        return Problem(503, detail, headers={"Retry-After": "5"}).as_response()


def _handshake(request: HttpRequest, pk: int) -> HttpResponse | None:
    answer = network_deliveries.shake_hands(
        channel_id=pk, query=request.GET.dict(), headers=request.headers
    )
    if answer is None:
        return None
    return HttpResponse(answer.body, content_type=answer.content_type)


def _take(request: HttpRequest, pk: int, body: bytes) -> dict[str, object]:
    try:
        taken = network_deliveries.take_delivery(channel_id=pk, headers=request.headers, body=body)
        return taken.as_json()
    except deliveries.NoSuchChannel:
        raise Problem(404, "No webhook answers at this address.") from None
    except deliveries.SwitchedOff:
        raise Problem(403, "This channel is switched off in Crossdesk.") from None
    except SignatureError as error:
        raise Problem(401, str(error)) from None
    except deliveries.TooFast as error:
        raise _too_many(error) from None
    except ParseError as error:
        reason = f"{error.field} {error.reason}".strip()
        detail = f"Kept in quarantine, because {reason}."
        raise Problem(400, detail, field=error.field, reason=error.reason) from None


def _too_many(error: deliveries.TooFast) -> Problem:
    detail = "This channel has sent its number of posts for this minute."
    if error.is_hopeless:
        detail = (
            "This delivery alone holds more posts than the channel may send a minute: split it."
        )
    headers = {"Retry-After": str(error.retry_after)}
    return Problem(429, detail, headers=headers, retry_after=error.retry_after)


def _body_of(request: HttpRequest) -> bytes:
    """The body as received; raises `Problem` before reading what is not wanted."""
    if request.method != "POST":
        raise Problem(405, "Deliver with POST.", headers={"Allow": "POST"})
    content_type = request.content_type or ""
    if content_type != "application/json" and not content_type.endswith("+json"):
        raise Problem(415, "Deliver JSON: Content-Type must be application/json.")
    length = request.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > LARGEST_BODY:
        raise _too_large()
    body: bytes = _source_of(request).read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        raise _too_large()
    return body


def _source_of(request: HttpRequest) -> BinaryIO | HttpRequest:
    """Where the body is read: of a chunked one Django reads nothing, for want of a length."""
    is_chunked = "Content-Length" not in request.headers and "wsgi.input_terminated" in request.META
    return request.META["wsgi.input"] if is_chunked else request


def _discard(request: HttpRequest) -> None:
    """Read what is left of the body, unless it is beyond all measure.

    Who is answered while it still sends may hear of a broken connection, not the answer, and tries
    again for ever.
    """
    length = request.headers.get("Content-Length", "")
    left = 0 if length.isdigit() and int(length) > MOST_DISCARDED else MOST_DISCARDED
    with suppress(UnreadablePostError):  # The sender went away.
        while left > 0 and (piece := _source_of(request).read(_PIECE)):
            left -= len(piece)


def _too_large() -> Problem:
    return Problem(
        413, f"A delivery may hold at most {LARGEST_BODY:,} bytes: send fewer posts at once."
    )
