"""The API's URLs."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, re_path, resolve
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.decorators import api_view, permission_classes
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from config.api_schema import METHODS
from inbox.api import house
from inbox.api.channels import BackfillViewSet, ChannelViewSet
from inbox.api.consults import ConsultViewSet, NoticeViewSet
from inbox.api.incidents import IncidentViewSet
from inbox.api.learning import LessonViewSet, ModelViewSet
from inbox.api.policies import DefaultsView, PolicyViewSet
from inbox.api.rehearsals import RehearsalViewSet
from inbox.api.rules import ProposalViewSet, RuleViewSet
from inbox.api.tickets import TicketViewSet
from publishing.api.macros import MacrosView
from publishing.api.replies import ReplyViewSet


@csrf_exempt
def without_slash(request: HttpRequest, rest: str) -> HttpResponseBase:
    """Answer an address with a slash at its end like the one without."""
    match = resolve(f"{request.path_info.removesuffix(rest + '/')}{rest}")
    answer: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return answer


@extend_schema(exclude=True)
@api_view(METHODS)
@permission_classes([])
def nothing_here(request: Request, /, **_: str) -> Response:  # noqa: ARG001
    """Answer addresses that do not exist in the API's own words."""
    raise NotFound("There is nothing at this address.")


router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("tickets", TicketViewSet, basename="ticket")
router.register("replies", ReplyViewSet, basename="reply")
router.register("consults", ConsultViewSet, basename="consult")
router.register("notices", NoticeViewSet, basename="notice")
router.register("lessons", LessonViewSet, basename="lesson")
router.register("models", ModelViewSet, basename="model")
router.register("rules", RuleViewSet, basename="rule")
router.register("rule-proposals", ProposalViewSet, basename="rule-proposal")
router.register("rehearsals", RehearsalViewSet, basename="rehearsal")
router.register("channels", ChannelViewSet, basename="channel")
router.register("back-fills", BackfillViewSet, basename="back-fill")
router.register("incidents", IncidentViewSet, basename="incident")
router.register("sla-policies", PolicyViewSet, basename="sla-policy")

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(permission_classes=[]), name="schema"),
    path("me", house.MeView.as_view(), name="me"),
    path("departments", house.DepartmentsView.as_view(), name="departments"),
    path("people", house.PeopleView.as_view(), name="people"),
    path("channels", house.ChannelsView.as_view(), name="channels"),
    path("tags", house.TagsView.as_view(), name="tags"),
    path("macros", MacrosView.as_view(), name="macros"),
    path("queues", house.QueuesView.as_view(), name="queues"),
    path("hand-overs", house.HandOversView.as_view(), name="hand-overs"),
    path("sla-defaults", DefaultsView.as_view(), name="sla-defaults"),
    path("search", house.SearchView.as_view(), name="search"),
    *router.urls,
    re_path(r"^(?P<rest>.+[^/])/$", without_slash),
    re_path(r"^.*$", nothing_here),
]
