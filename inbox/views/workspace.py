"""The three panes: home, a queue, its filters, more rows, and the rows that changed."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.access import access_of
from inbox.drafts import drafted_by
from inbox.forms.filters import FilterForm
from inbox.queries import QueueCounts, queue_counts, rows_of
from inbox.queries.counts import glance
from inbox.templatetags.rows import Look, draw_row
from inbox.views.desk import Desk, PersonRequest, row_words
from inbox.views.queues import home_queue, navigation_of
from inbox.views.shared_rows import PERSONAL, Rows, shared_rows

MOST_LIVE_ROWS = 100


@login_required
def home(request: PersonRequest) -> HttpResponse:
    """Where the day begins: the first department of one's own."""
    departments = navigation_of(request.user, None).departments
    return redirect("inbox:queue", home_queue(access_of(request.user), departments))


@never_cache
@login_required
def queue(request: PersonRequest, slug: str) -> HttpResponse:
    """A queue's list; with htmx only the next rows."""
    desk = Desk(request, slug)
    if request.htmx and "after" in request.GET:
        return render(request, "inbox/_next_rows.html", desk.context())
    return render(request, "inbox/workspace.html", {**desk.context(), "pane": "list"})


@never_cache
@login_required
def queues(request: PersonRequest) -> HttpResponse:
    """All queues on a page of their own, for a phone."""
    departments = navigation_of(request.user, None).departments
    desk = Desk(request, home_queue(access_of(request.user), departments))
    return render(request, "inbox/workspace.html", {**desk.context(), "pane": "queues"})


@login_required
def filters(request: PersonRequest, slug: str) -> HttpResponse:
    """The filter panel; a page of its own without JavaScript."""
    desk = Desk(request, slug)
    form = FilterForm(initial=dict(desk.pairs))
    context = {"form": form, "queue": desk.queue, "order": request.GET.get("order", "")}
    template = "inbox/_filters.html" if request.htmx else "inbox/filters.html"
    return render(request, template, context)


@never_cache
@require_GET
def live_rows(request: HttpRequest) -> HttpResponse:
    """What became of some tickets on the list at hand: their rows, who left it, the counts.

    Asked by every open browser after every change, so it costs few queries and draws only rows.
    """
    if not request.user.is_authenticated:
        return JsonResponse({"signed_out": True}, status=401)
    desk = Desk(cast("PersonRequest", request), request.GET.get("q", "all"), strict=False)
    ids = [int(i) for i in request.GET.get("ids", "").split(",") if i.isdigit() and len(i) < 19]
    seen_at = glance(request.user, ids[:MOST_LIVE_ROWS])
    drawn = _drawn_rows(desk, ids[:MOST_LIVE_ROWS], seen_at.versions) if ids else {}
    gone = [pk for pk in ids if str(pk) not in drawn]
    counts = _plain(queue_counts(request.user, seen_at))
    return JsonResponse({"rows": drawn, "gone": gone, "counts": counts})


def _drawn_rows(desk: Desk, ids: list[int], versions: str) -> Rows:
    drafts = drafted_by(desk.user, ids)

    def draw() -> tuple[Rows, frozenset[int]]:
        rows = rows_of(desk.user, desk.filter, ids)
        look = Look(
            row_words(), desk.filter.queue, desk.list_query, reader=desk.user.pk, drafts=drafts
        )
        drawn: Rows = {str(row.pk): draw_row(row, look) for row in rows}
        return drawn, frozenset(row.assignee_id for row in rows if row.assignee_id)

    access, queue = access_of(desk.user), desk.filter.queue
    seen = (
        *(access.visible_department_ids, access.home_department_ids),
        access.can_see_triage,
    )
    worked = access.workable_department_ids if queue == "unassigned" else None
    # What is seen, whose drafts, the words and the times; which list, and which of its tickets.
    person = (seen, worked, drafts, get_language(), timezone.get_current_timezone_name())
    is_shared = queue not in PERSONAL
    return shared_rows(
        (*person, desk.filter, desk.list_query, tuple(ids)),
        versions=versions if is_shared else "",
        reader=desk.user.pk,
        draw=draw,
    )


def _plain(counts: QueueCounts) -> dict[str, int]:
    fixed = {
        "mine": counts.mine,
        "mentions": counts.mentions,
        "consults": counts.consults,
        "notices": counts.notices,
        "unassigned": counts.unassigned,
        "all": counts.all,
        "triage": counts.triage,
        "snoozed": counts.snoozed,
    }
    return {k: v for k, v in {**counts.departments, **fixed}.items() if v is not None}
