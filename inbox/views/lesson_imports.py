"""Settings: history with a department column, to teach the router."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.access import access_of
from accounts.models import Department
from accounts.views.gates import SignedInRequest, admins_only
from inbox.connectors.files import FileError
from inbox.forms.lesson_imports import ColumnsForm, HistoryForm
from inbox.models import LessonImport
from inbox.services import lesson_imports
from inbox.services.conflicts import Refused

State = LessonImport.State


@admins_only
def listing(request: SignedInRequest) -> HttpResponse:
    """Bring a file; what was brought before."""
    form = HistoryForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            task = lesson_imports.upload(file=form.cleaned_data["file"], by=request.user)
        except FileError as error:
            form.add_error("file", str(error))
        else:
            return redirect("inbox:lesson_import", task.pk)
    context = {"form": form, "tasks": LessonImport.objects.select_related("created_by")[:20]}
    return render(request, "settings/lessons/imports.html", context)


@admins_only
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One file: its columns, what it would teach, what looks wrong, and learning it."""
    task = get_object_or_404(LessonImport, pk=pk)
    form = ColumnsForm(request.POST or None, task=task)
    if request.method == "POST" and form.is_valid():
        try:
            lesson_imports.start(
                task=task,
                columns=form.columns(),
                values=form.values(),
                dry_run=request.POST.get("do") != "learn",
            )
        except (FileError, Refused) as error:
            messages.error(request, str(error))
        return redirect("inbox:lesson_import", pk)
    context = {
        "task": task,
        "form": form,
        "doubts": _doubts(request, task),
        "answers": _answers(task),
        "is_under_way": lesson_imports.is_under_way(task),
        "may_learn": task.state == State.CHECKED and bool(task.report.get("answers")),
    }
    return render(request, "settings/lessons/import.html", context)


def _answers(task: LessonImport) -> list[tuple[str, int]]:
    """How many answers there are for each department, in the menu's order."""
    counts: dict[str, int] = task.report.get("by_department", {})
    names = {d.slug: d.name for d in Department.objects.all()} | {"spam": _("Spam")}
    return [(name, counts[slug]) for slug, name in names.items() if slug in counts]


def _doubts(request: SignedInRequest, task: LessonImport) -> list[dict[str, Any]]:
    """The doubtful lines; texts about a department that the reader may not see stay closed."""
    doubts: list[dict[str, Any]] = task.report.get("doubts", [])
    access = access_of(request.user)
    names = {d.slug: d for d in Department.objects.all()}
    closed = {slug for slug, d in names.items() if not access.sees(d.pk)}
    numbers = {d["line"] for d in doubts if not {d["given"], d["likely"]} & closed}
    try:
        texts = dict(lesson_imports.lines_again(task, numbers)) if numbers and task.file else {}
    except FileNotFoundError:
        texts = {}
    return [
        {
            **doubt,
            "text": texts.get(doubt["line"], ""),
            "given": names.get(doubt["given"]),
            "likely": names.get(doubt["likely"]),
        }
        for doubt in doubts
    ]
