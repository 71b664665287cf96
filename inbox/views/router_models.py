"""Settings: the router's models, training, and which one is in charge."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.views.gates import SignedInRequest, admins_only
from inbox.forms.lessons import LearningForm
from inbox.queries.router_models import models_page
from routing import services
from routing.classifier import ModelError
from routing.models import RouterModel, RouterSettings, Training


@admins_only
def listing(request: SignedInRequest) -> HttpResponse:
    """Models, trainings, and how lessons weigh."""
    settings = RouterSettings.objects.filter(pk=1).first() or RouterSettings(pk=1)
    form = LearningForm(request.POST or None, instance=settings)
    if request.method == "POST" and form.is_valid():
        services.set_learning(by=request.user, **form.values())
        messages.success(request, _("Saved."))
        return redirect("inbox:models")
    return render(request, "settings/models/list.html", {"page": models_page(), "form": form})


@admins_only
@require_POST
def train(request: SignedInRequest) -> HttpResponse:
    """Have a challenger trained."""
    services.request_training(by=request.user)
    return redirect("inbox:models")


@admins_only
@require_GET
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far a training is; at its end the page is drawn anew."""
    training = get_object_or_404(Training, pk=pk)
    response = render(request, "settings/models/_progress.html", {"training": training})
    if training.finished_at:
        response["HX-Refresh"] = "true"
    return response


@admins_only
@require_POST
def promote(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a model in charge, if the one the page showed still is."""
    model = get_object_or_404(RouterModel, pk=pk)
    seen = request.POST.get("instead_of", "")
    instead_of = int(seen) if seen.isdecimal() and len(seen) < 19 else None
    return _change(
        request,
        lambda: services.activate_model(model=model, instead_of=instead_of),
        _("%(version)s is in charge.") % {"version": model},
    )


@admins_only
@require_POST
def pin(request: SignedInRequest, pk: int) -> HttpResponse:
    """Keep the model in charge whatever a training brings, or let it go."""
    model = get_object_or_404(RouterModel, pk=pk)
    is_pinned = request.POST.get("is_pinned") == "1"
    told = _("%(version)s stays in charge.") if is_pinned else _("%(version)s may be replaced.")
    return _change(
        request,
        lambda: services.pin_model(model=model, is_pinned=is_pinned),
        told % {"version": model},
    )


@admins_only
@require_POST
def roll_back(request: SignedInRequest) -> HttpResponse:
    """Go back to the model before this one."""
    told = _("The earlier model is in charge again, and stays pinned until you unpin it.")
    return _change(request, services.roll_back, told)


def _change(
    request: SignedInRequest, service: Callable[[], RouterModel], told: str
) -> HttpResponse:
    try:
        service()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except (ModelError, services.Superseded) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, told)
    return redirect("inbox:models")
