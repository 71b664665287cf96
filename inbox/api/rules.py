"""Rules and proposals of rules: admins change them, leads read and propose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.core.exceptions import ValidationError as Invalid
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts.access import access_of
from accounts.models import User
from inbox.api.limits import PersonThrottle
from inbox.api.rule_serializers import (
    AnswerSerializer,
    OrderSerializer,
    ProposalRequestSerializer,
    ProposalSerializer,
    RuleRequestSerializer,
    RuleSerializer,
    RuleTestRequestSerializer,
    RuleTestSerializer,
    RuleVersionSerializer,
)
from inbox.queries.rule_builder import facts_of
from inbox.queries.rules import all_names, rules_in_full
from routing import services
from routing.conditions import ConditionsError, parse
from routing.definitions import values_of
from routing.models import Rule, RuleProposal, RuleVersion
from routing.queries import hold


class LeadsReadAdminsWrite(BasePermission):
    """Leads may read rules and propose; the rest is for admins."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = cast("User", request.user)
        if access_of(user).is_admin:
            return True
        is_open = request.method == "GET" or getattr(view, "action", "") in view.open_to_leads  # type: ignore[attr-defined]
        return is_open and services.may_propose(user)


@contextmanager
def refusals() -> Iterator[None]:
    """Let what a service refuses be a 400 that points at the field."""
    try:
        yield
    except Invalid as error:
        detail = error.message_dict if hasattr(error, "error_dict") else error.messages
        raise ValidationError(cast("Any", detail)) from None


class RuleViewSet(GenericViewSet[Rule]):
    """The rules, in the order in which a post is held against them."""

    serializer_class = RuleSerializer
    permission_classes = [LeadsReadAdminsWrite]
    throttle_classes = [PersonThrottle]
    pagination_class = None
    lookup_value_converter = "int"
    open_to_leads = {"test"}
    queryset = Rule.objects.none()

    def get_object(self) -> Rule:
        return get_object_or_404(rules_in_full(), pk=self.kwargs["pk"])

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "names": all_names()}

    @extend_schema(responses=RuleSerializer(many=True))
    def list(self, request: Request) -> Response:  # noqa: ARG002
        """All rules, first match first."""
        return self._told(rules_in_full(), many=True)

    def retrieve(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """One rule."""
        return self._told(self.get_object())

    @extend_schema(request=RuleRequestSerializer, responses={201: RuleSerializer})
    def create(self, request: Request) -> Response:
        """Add a rule at the end."""
        said = self._said(request)
        with refusals():
            rule = services.create_rule(by=self._user, **said)
        return self._told(rules_in_full().get(pk=rule.pk), status=201)

    @extend_schema(request=RuleRequestSerializer(partial=True))
    def partial_update(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Change some fields; every change is a new version.

        With `version` it fails when someone else has changed the rule since.
        """
        rule, said = self.get_object(), self._said(request, partial=True)
        expect = request.data.get("version") if isinstance(request.data, dict) else None
        with refusals():
            services.update_rule(
                rule=rule, by=self._user, expect=expect if type(expect) is int else None, **said
            )
        return self._told(self.get_object())

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Remove a rule; its versions stay."""
        services.delete_rule(rule=self.get_object(), by=self._user)
        return Response(status=204)

    @extend_schema(request=OrderSerializer, responses=RuleSerializer(many=True))
    @action(detail=False, methods=["post"])
    def order(self, request: Request) -> Response:
        """Put all rules into an order."""
        body = OrderSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        with refusals():
            services.reorder_rules(ids=body.validated_data["ids"], by=self._user)
        return self._told(rules_in_full(), many=True)

    @extend_schema(request=RuleTestRequestSerializer, responses=RuleTestSerializer)
    @action(detail=False, methods=["post"])
    def test(self, request: Request) -> Response:
        """What would become of a text; with `conditions`, which of them it fits."""
        body = RuleTestRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        facts = facts_of({**said, "handle": said.get("author")})
        lit = None
        if facts is not None and said.get("conditions") is not None:
            try:
                lit = hold(parse(said["conditions"]), facts)
            except ConditionsError as error:
                messages = [fault.message for fault in error.faults]
                raise ValidationError({"conditions": messages}) from None
        (decision,) = services.decide_batch([facts] if facts else [])
        nodes = list(lit.walk()) if lit else []
        return Response(RuleTestSerializer({"decision": decision, "conditions": nodes}).data)

    @extend_schema(responses=RuleVersionSerializer(many=True))
    @action(detail=True)
    def versions(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """What the rule was, newest first; also of one that is gone."""
        rows = RuleVersion.objects.filter(rule=pk).select_related("by").order_by("-number")
        return Response(RuleVersionSerializer(rows, many=True).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="versions/<int:number>/restore")
    def restore(self, request: Request, pk: int, number: int) -> Response:  # noqa: ARG002
        """Make the rule what it was in one of its versions."""
        version = get_object_or_404(RuleVersion, rule=pk, number=number)
        with refusals():
            services.restore_rule(version=version, by=self._user)
        return self._told(self.get_object())

    @property
    def _user(self) -> User:
        return cast("User", self.request.user)

    def _said(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        body = RuleRequestSerializer(data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        reason = said.pop("reason", "")
        with refusals():
            return {**values_of(said), "reason": reason}

    def _told(self, found: Any, *, many: bool = False, status: int = 200) -> Response:
        serializer = RuleSerializer(found, many=many, context=self.get_serializer_context())
        return Response(serializer.data, status=status)


class ProposalViewSet(GenericViewSet[RuleProposal]):
    """Rules that leads ask for."""

    serializer_class = ProposalSerializer
    permission_classes = [LeadsReadAdminsWrite]
    throttle_classes = [PersonThrottle]
    pagination_class = None
    lookup_value_converter = "int"
    open_to_leads = {"create"}
    queryset = RuleProposal.objects.none()

    @extend_schema(responses=ProposalSerializer(many=True))
    def list(self, request: Request) -> Response:  # noqa: ARG002
        """The proposals that wait for an answer, oldest first."""
        waiting = RuleProposal.objects.filter(state=RuleProposal.State.OPEN)
        rows = waiting.select_related("by", "settled_by").order_by("at", "pk")
        return Response(ProposalSerializer(rows, many=True).data)

    @extend_schema(request=ProposalRequestSerializer, responses={201: ProposalSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a new rule, or for a change of one."""
        body = ProposalRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        rule = get_object_or_404(Rule, pk=said["rule"]) if said.get("rule") else None
        with refusals():
            proposal = services.propose_rule(
                rule=rule,
                by=cast("User", request.user),
                reason=said["reason"],
                **values_of(said["definition"]),
            )
        return Response(ProposalSerializer(proposal).data, status=201)

    @extend_schema(request=AnswerSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: int) -> Response:
        """Put it in force."""
        return self._settle(request, pk, services.accept_proposal)

    @extend_schema(request=AnswerSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: int) -> Response:
        """Say no."""
        return self._settle(request, pk, services.decline_proposal)

    def _settle(self, request: Request, pk: int, service: Any) -> Response:
        body = AnswerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        proposal = get_object_or_404(RuleProposal, pk=pk)
        user = cast("User", request.user)
        with refusals():
            service(proposal=proposal, by=user, answer=body.validated_data.get("answer", ""))
        proposal.refresh_from_db()
        return Response(ProposalSerializer(proposal).data)
