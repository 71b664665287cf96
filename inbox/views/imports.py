"""Settings: posts from files."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.views.gates import SignedInRequest, admins_only
from inbox.connectors.files import FileError
from inbox.forms.imports import MappingForm, UploadForm
from inbox.models import Import
from inbox.queries.intake import import_page, preview
from inbox.services import imports
from inbox.services.conflicts import Refused


@admins_only
def listing(request: SignedInRequest) -> HttpResponse:
    """All imports, newest first."""
    page = import_page(after=request.GET.get("after", ""))
    return render(request, "settings/imports/list.html", {"page": page})


@admins_only
def create(request: SignedInRequest) -> HttpResponse:
    """Bring a file."""
    initial = {"channel": request.GET.get("channel", ""), "time_zone": request.user.time_zone}
    form = UploadForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            task = imports.upload(by=request.user, **form.cleaned_data)
        except FileError as error:
            form.add_error("file", str(error))
        else:
            return redirect("inbox:import", task.pk)
    return render(request, "settings/imports/form.html", {"form": form})


@admins_only
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One import: its mapping before it runs, its progress, its report."""
    task = _task(pk)
    form = _mapping_form(request, task)
    if request.method == "POST" and form.is_valid():
        is_dry_run = request.POST.get("do") != "start"
        try:
            imports.start(task=task, mapping=form.cleaned_data, dry_run=is_dry_run)
        except (FileError, Refused) as error:
            messages.error(request, str(error))
        return redirect("inbox:import", pk)
    context = {"task": task, "form": form, "rows": []}
    if task.file and task.state != Import.State.RUNNING:
        context["rows"] = _preview(request, task)
    return render(request, "settings/imports/detail.html", context)


@admins_only
@require_GET
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far an import is; at its end the page is drawn anew."""
    task = _task(pk)
    response = render(request, "settings/imports/_progress.html", {"task": task})
    if task.state != Import.State.RUNNING:
        response["HX-Refresh"] = "true"
    return response


def _task(pk: int) -> Import:
    return get_object_or_404(Import.objects.select_related("channel", "created_by"), pk=pk)


def _mapping_form(request: SignedInRequest, task: Import) -> MappingForm:
    columns = task.layout.get("columns", [])
    return MappingForm(request.POST or None, columns=columns, chosen=task.mapping)


def _preview(request: SignedInRequest, task: Import) -> list[list[tuple[str, str]]]:
    try:
        return preview(task)
    except FileNotFoundError:
        messages.error(request, _("The file is no longer there: bring it again."))
        return []
