"""Pictures of posts, from our own address."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from inbox.models import Post, Preview
from inbox.queries.pictures import picture_of, picture_post
from inbox.services import previews
from inbox.views.desk import PersonRequest

# Nothing in it may run, wherever it is opened.
HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": "inline",
    "Cache-Control": "private, max-age=3600",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@login_required
@require_safe
def picture(request: PersonRequest, pk: int, number: int) -> HttpResponse:
    """The picture itself; 404 as long as it is not here."""
    _post, row = _asked_for(request, pk, number)
    content = previews.content_of(row) if row.state == Preview.State.READY else None
    if content is None:
        raise Http404
    return HttpResponse(content, content_type="image/webp", headers=HEADERS)


@login_required
@require_safe
def card(request: PersonRequest, pk: int, number: int) -> HttpResponse:
    """The picture in its frame, the wait for it, or why there is none: a fragment of the thread."""
    post, row = _asked_for(request, pk, number)
    return render(request, "inbox/_picture.html", {"picture": picture_of(post, number, row)})


def _asked_for(request: PersonRequest, pk: int, number: int) -> tuple[Post, Preview]:
    post = picture_post(request.user, pk)
    row = previews.ask_for(post=post, number=number) if post else None
    if post is None or row is None:
        raise Http404
    return post, row
