"""Settings: the first hour, in which an admin teaches the router with posts of their own."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import Department
from accounts.views.gates import SignedInRequest, admins_only
from inbox.models import Ticket
from inbox.queries import first_hour as queries
from inbox.services.lessons import words_of
from routing.models import FirstHour
from routing.services import first_hour as services


@never_cache
@admins_only
def page(request: SignedInRequest) -> HttpResponse:
    """The next post to answer, and how it goes."""
    departments = list(Department.objects.active().order_by("position", "name"))
    hour = FirstHour.objects.filter(by=request.user).first()
    is_running = hour is not None and hour.finished_at is None
    ticket = _next(request, hour) if hour and is_running else None
    context = {
        "hour": hour,
        "is_running": is_running,
        "ticket": ticket,
        "text": words_of(ticket)[0] if ticket else "",
        "answered": queries.posts_answered(ticket) if ticket else [],
        "departments": list(enumerate(departments, 1)),
        "progress": queries.progress_of(hour, departments) if hour else None,
    }
    return render(request, "settings/lessons/first_hour.html", context)


@admins_only
@require_POST
def begin(request: SignedInRequest) -> HttpResponse:
    """Start, or go on."""
    services.begin(by=request.user)
    return redirect("inbox:first_hour")


@admins_only
@require_POST
def answer(request: SignedInRequest) -> HttpResponse:
    """Take an answer, a skip, the last answer back, or the end."""
    hour = FirstHour.objects.filter(by=request.user, finished_at=None).first()
    if hour is None:
        return redirect("inbox:first_hour")
    said = request.POST.get("answer", "")
    asked = request.POST.get("ticket", "")
    key = int(asked) if asked.isdecimal() and len(asked) < 19 else 0
    if said == "undo":
        services.take_back(hour=hour)
    elif said == "finish":
        services.finish(hour=hour)
    elif said == "skip":
        services.skip(hour=hour, key=key)
    else:
        _learn(request, hour, key, said)
    return redirect("inbox:first_hour")


def _learn(request: SignedInRequest, hour: FirstHour, key: int, said: str) -> None:
    ticket = queries.post_to_ask(request.user, key)
    to = Department.objects.active().filter(slug=said).first()
    if ticket is None or (to is None and said != "spam"):
        return
    text, language = words_of(ticket)
    services.answer(
        hour=hour,
        key=key,
        text=text,
        to=to,
        came_from=ticket.department,
        decision=ticket.decision,
        language=language,
    )


def _next(request: SignedInRequest, hour: FirstHour) -> Ticket | None:
    """The post to ask about now; one that `user` may no longer see is passed over."""
    if services.is_plan_old(hour):
        services.plan(hour=hour, candidates=queries.candidates(request.user))
    while hour.queue:
        ticket = queries.post_to_ask(request.user, hour.queue[0])
        if ticket is not None and words_of(ticket)[0].strip():
            return ticket
        hour = services.skip(hour=hour, key=hour.queue[0])
    return None
