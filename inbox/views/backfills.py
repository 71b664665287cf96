"""Settings: reading a channel's past."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.views.gates import SignedInRequest, admins_only
from inbox.connectors.base import network_of
from inbox.forms.connecting import PAST_PERIODS, BackfillForm, MoreForm
from inbox.models import Backfill, Channel
from inbox.queries.backfills import backfills_of, progress_of
from inbox.services import backfills
from inbox.services.conflicts import Refused
from inbox.services.sampling import sample

DO = {"pause": backfills.pause, "cancel": backfills.cancel}


@admins_only
@never_cache
def listing(request: SignedInRequest, pk: int) -> HttpResponse:
    """The back-fills of a channel, and the beginning of another."""
    channel = get_object_or_404(Channel.objects.select_related("state"), pk=pk)
    form = BackfillForm(request.POST or None, periods=PAST_PERIODS)
    if request.method == "POST" and form.is_valid() and is_confirmed(form):
        return begin_backfill(request, channel, form)
    network = network_of(channel.connector)
    context = {
        "channel": channel,
        "form": form,
        "network": network,
        "is_possible": network is not None and network.capabilities.polling,
        "tasks": backfills_of(channel),
        "work_days": settings.BACKFILL_WORK_DAYS,
    }
    return render(request, "settings/backfills/list.html", context)


@admins_only
@never_cache
@require_POST
def estimate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Look at the newest pages, and say what each period would bring."""
    channel = get_object_or_404(Channel.objects.select_related("state"), pk=pk)
    try:
        seen = sample(channel=channel)
    except LookupError:
        return redirect("inbox:backfills", pk)
    estimates = [seen.estimate(days) for days in PAST_PERIODS]
    context = {"channel": channel, "sample": seen, "estimates": estimates}
    is_fragment = bool(request.headers.get("HX-Request"))
    name = "_estimate" if is_fragment else "estimate"
    return render(request, f"settings/backfills/{name}.html", context)


@admins_only
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One back-fill: how far it is, and what came of it."""
    task = _task(pk)
    context = {"task": task, "progress": progress_of(task), "form": MoreForm()}
    return render(request, "settings/backfills/detail.html", context)


@admins_only
@require_GET
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far it is; when that ends, the page is drawn anew."""
    task = _task(pk)
    context = {"task": task, "progress": progress_of(task)}
    response = render(request, "settings/backfills/_progress.html", context)
    if task.state != Backfill.State.RUNNING:
        response["HX-Refresh"] = "true"
    return response


@admins_only
@require_POST
def change(request: SignedInRequest, pk: int, do: str) -> HttpResponse:
    """Pause it, let it go on, or end it."""
    task = _task(pk)
    try:
        if do == "resume":
            form = MoreForm(request.POST)
            more = form.cleaned_data["more"] if form.is_valid() else 0
            backfills.resume(task=task, more=more, by=request.user)
        elif do not in DO:
            raise Http404
        else:
            DO[do](task=task, by=request.user)
    except Refused as error:
        messages.error(request, error.message)
    return redirect("inbox:backfill", pk)


def is_confirmed(form: BackfillForm) -> bool:
    """Whether what a valid `form` asks for may begin; else it says what is to be confirmed."""
    said = form.cleaned_data
    try:
        backfills.require_confirmation(
            days=said["days"], most=said["most"], is_confirmed=said["confirmed"]
        )
    except Refused as error:
        form.add_error(error.field, error.message)
    return not form.errors


def begin_backfill(request: SignedInRequest, channel: Channel, form: BackfillForm) -> HttpResponse:
    """Begin what a valid `form` asks for, and lead to its page."""
    said = form.cleaned_data
    if not said["days"]:
        return redirect("inbox:channel", channel.pk)
    try:
        task = backfills.begin_past(
            channel=channel,
            days=said["days"],
            most=said["most"],
            is_confirmed=said["confirmed"],
            by=request.user,
        )
    except Refused as error:
        messages.error(request, error.message)
    else:
        return redirect("inbox:backfill", task.pk)
    return redirect("inbox:channel", channel.pk)


def _task(pk: int) -> Backfill:
    return get_object_or_404(Backfill.objects.select_related("channel", "started_by"), pk=pk)
