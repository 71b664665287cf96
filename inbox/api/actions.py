"""What people do with a ticket, one address an action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from inbox import queries
from inbox.api import requests as asked
from inbox.api.serializers import DoneSerializer
from inbox.models import Ticket, TicketEvent
from inbox.services import bounces, consults, incidents, tickets


def ticket_action(body: type[asked.ActionSerializer], address: str) -> Callable[..., Any]:
    """Declare an action of the ticket viewset: POST, its body, what it answers."""

    def declare(method: Callable[..., Any]) -> Callable[..., Any]:
        routed = action(detail=True, methods=["post"], url_path=address)(method)
        return extend_schema(request=body, responses=DoneSerializer, filters=False)(routed)

    return declare


class TicketActions:
    """Each action fetches a visible ticket, reads the body and calls its service."""

    get_object: Callable[[], Ticket]

    @ticket_action(asked.ActionSerializer, "claim")
    def claim(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Become the assignee of an unassigned ticket."""
        return self._act(request, tickets.claim)

    @ticket_action(asked.AssignSerializer, "assign")
    def assign(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Give the ticket to a colleague of its department, or to nobody."""
        return self._act(request, tickets.assign, asked.AssignSerializer, assignee="to")

    @ticket_action(asked.PrioritySerializer, "priority")
    def priority(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Say how urgent it is."""
        return self._act(request, tickets.set_priority, asked.PrioritySerializer)

    @ticket_action(asked.TagsSerializer, "tags")
    def tags(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Replace its tags."""
        return self._act(request, tickets.set_tags, asked.TagsSerializer, tags="names")

    @ticket_action(asked.ActionSerializer, "pending")
    def pending(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Wait for the contact; their next post opens it again."""
        return self._act(request, tickets.set_pending)

    @ticket_action(asked.SnoozeSerializer, "snooze")
    def snooze(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Put it out of sight until a time, or until the contact writes."""
        return self._act(request, tickets.snooze, asked.SnoozeSerializer, snoozed_until="until")

    @ticket_action(asked.ActionSerializer, "resolve")
    def resolve(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Say that the work is done."""
        return self._act(request, tickets.resolve)

    @ticket_action(asked.ActionSerializer, "reopen")
    def reopen(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Put it back into the queue."""
        return self._act(request, tickets.reopen)

    @ticket_action(asked.HandOverRequestSerializer, "hand-over")
    def hand_over(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Move it to another department's queue, unassigned."""
        body = asked.HandOverRequestSerializer
        return self._act(request, tickets.hand_over, body, department="to")

    @ticket_action(asked.IncidentOfTicketSerializer, "incident")
    def incident(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Say which incident it belongs to."""
        return self._act(request, incidents.put_into, asked.IncidentOfTicketSerializer)

    @ticket_action(asked.ActionSerializer, "confirm")
    def confirm(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Say that it is in the right department; the router learns it."""
        return self._act(request, tickets.confirm_department)

    @ticket_action(asked.SettleSerializer, "settle")
    def settle(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """As a lead: say whose a ticket is that goes back and forth."""
        return self._act(request, bounces.settle, asked.SettleSerializer, department="to")

    @ticket_action(asked.AskSerializer, "ask")
    def ask(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Ask another department about it; the ticket stays where it is."""
        return self._act(request, consults.ask, asked.AskSerializer)

    @extend_schema(request=asked.UndoSerializer, responses=DoneSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: int) -> Response:
        """Take back your own action within ten seconds, wherever the ticket went."""
        body = asked.UndoSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user = cast("User", request.user)
        key = body.validated_data["event"]
        event = tickets.undo(event_id=key, by=user, ticket_id=pk)
        return _done(event, user)

    def _act(
        self,
        request: Request,
        service: Callable[..., TicketEvent],
        body: type[asked.ActionSerializer] = asked.ActionSerializer,
        **names: str,
    ) -> Response:
        """Call `service` with what the body holds; `names` are the service's own words for it."""
        ticket = self.get_object()
        parsed = body(data=request.data)
        parsed.is_valid(raise_exception=True)
        said = {names.get(name, name): value for name, value in parsed.validated_data.items()}
        user = cast("User", request.user)
        return _done(service(ticket=ticket, by=user, **said), user)


def _done(event: TicketEvent, user: User) -> Response:
    ticket = queries.tickets_in_full(user).filter(pk=event.ticket_id).first()
    return Response(DoneSerializer({"event": event, "ticket": ticket}).data)
