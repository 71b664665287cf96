"""Settings: what people taught the router."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.views.gates import SignedInRequest, admins_only
from inbox.forms.lessons import LessonFilterForm
from inbox.queries import lessons as queries
from routing import services
from routing.models import Lesson


@admins_only
def listing(request: SignedInRequest) -> HttpResponse:
    """Lessons, newest first, and who taught them."""
    form = LessonFilterForm(request.GET)
    page = queries.lesson_page(request.user, form.chosen(), after=request.GET.get("after", ""))
    context = {"page": page, "form": form, "teachers": queries.teachers(), "query": form.query()}
    return render(request, "settings/lessons/list.html", context)


@admins_only
def contradictions(request: SignedInRequest) -> HttpResponse:
    """Near-identical posts with different answers."""
    pairs = queries.contradictions(request.user)
    return render(request, "settings/lessons/contradictions.html", {"pairs": pairs})


@admins_only
@require_POST
def take_back(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let one lesson count no longer."""
    lesson = get_object_or_404(Lesson, pk=pk)
    services.unlearn(lesson_ids=[lesson.pk], by=request.user)
    messages.success(request, _("The lesson counts no longer."))
    back = "inbox:contradictions" if "contradiction" in request.POST else "inbox:lessons"
    return redirect(back)


@admins_only
@require_POST
def take_back_person(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let everything a person taught count no longer, or again."""
    person = get_object_or_404(User, pk=pk)
    if "again" in request.POST:
        n = services.relearn_person(person=person)
        told = ngettext("%(n)d lesson counts again.", "%(n)d lessons count again.", n)
    else:
        n = services.unlearn_person(person=person, by=request.user)
        told = ngettext("%(n)d lesson counts no longer.", "%(n)d lessons count no longer.", n)
    messages.success(request, told % {"n": n})
    return redirect("inbox:lessons")
