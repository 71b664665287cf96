"""What this person is told: the bell, its menu, and the whole list."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from inbox.models import Notice
from inbox.queries.notices import notice_page, unread_of
from inbox.services import notices
from inbox.views.desk import PersonRequest

IN_THE_MENU = 8


@never_cache
@login_required
def listing(request: PersonRequest) -> HttpResponse:
    """All notices, newest first."""
    page = notice_page(request.user, after=request.GET.get("after", ""))
    context = {
        "page": page,
        "more_url": f"?{urlencode({'after': page.next})}" if page.next else "",
        "newest": max((told.notice.pk for told in page.rows), default=0),
    }
    return render(request, "inbox/notices.html", context)


@never_cache
@login_required
def newest(request: PersonRequest) -> HttpResponse:
    """The newest few, for the bell's menu; without JavaScript the whole list."""
    if not request.htmx:
        return redirect("inbox:notices")
    page = notice_page(request.user, size=IN_THE_MENU)
    context = {"page": page, "newest": max((told.notice.pk for told in page.rows), default=0)}
    return render(request, "inbox/_notices_menu.html", context)


@never_cache
@require_GET
def unread(request: HttpRequest) -> HttpResponse:
    """How many are unread, for pages without the workspace's live rows."""
    if not request.user.is_authenticated:
        return JsonResponse({"signed_out": True}, status=401)
    return JsonResponse({"notices": unread_of(request.user)})


@require_POST
@login_required
def read(request: PersonRequest) -> HttpResponse:
    """Mark one notice as read, or all up to the newest that was on screen."""
    if one := request.POST.get("notice", ""):
        notice = get_object_or_404(Notice, pk=_key(one), user=request.user)
        notices.read(notice=notice, by=request.user)
    else:
        until = _key(request.POST.get("until", ""))
        count = notices.read_all(by=request.user, until=until)
        told = ngettext("%(n)d notice marked as read.", "%(n)d notices marked as read.", count)
        messages.success(request, told % {"n": count} if count else _("Nothing was unread."))
    return redirect("inbox:notices")


def _key(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Http404
    return int(text)
