"""Settings of a server with one view that does nothing, behind the same middleware."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from config.settings import *  # noqa: F403

ROOT_URLCONF = __name__


@csrf_exempt
def view(request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG001 - the same address
    return HttpResponse(str(len(request.read())))


urlpatterns = [path("webhooks/<int:pk>/", view)]
