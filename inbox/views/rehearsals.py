"""Settings: what a change of routing would have done, before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import access_of
from accounts.views.gates import SignedInRequest, admins_only, leads_only
from inbox.forms.rehearsals import ChangeForm, OrderForm, ScopeForm
from inbox.queries import rehearsal_pictures as pictures
from inbox.queries import rehearsals as queries
from routing import services
from routing.models import Rehearsal, Rule
from routing.services import rehearsing


@leads_only
@require_GET
def listing(request: SignedInRequest) -> HttpResponse:
    """The newest rehearsals of the last month."""
    is_admin = access_of(request.user).is_admin
    context = {"lines": queries.recent(request.user), "is_admin": is_admin}
    return render(request, "settings/rehearsals/list.html", context)


@leads_only
@require_POST
def begin(request: SignedInRequest) -> HttpResponse:
    """Rehearse what a button on another page would do."""
    form = ChangeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This cannot be rehearsed."))
        return redirect("inbox:rehearsals")
    return _begin(request, form.change()) or redirect("inbox:rules")


@admins_only
def order(request: SignedInRequest) -> HttpResponse:
    """Give the rules other numbers, and see what that would do."""
    form = OrderForm(request.POST or None, rules=list(Rule.objects.all()))
    if request.method == "POST" and form.is_valid():
        begun = _begin(request, {"kind": "order", "ids": form.ids()})
        if begun:
            return begun
    return render(request, "settings/rehearsals/order.html", {"form": form})


@leads_only
@require_POST
def again(request: SignedInRequest, pk: int) -> HttpResponse:
    """Rehearse the same change against what is in force now, over other posts."""
    known, form = _rehearsal(request, pk), ScopeForm(request.POST)
    if not form.is_valid():
        return redirect("inbox:rehearsal", pk=pk)
    begun = _begin(request, known.change, reason=known.reason, **form.values())
    return begun or redirect("inbox:rehearsal", pk=pk)


@leads_only
@require_GET
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far it is, or what it found."""
    rehearsal = _rehearsal(request, pk)
    context = {
        "rehearsal": rehearsal,
        "title": queries.title_of(rehearsal),
        "changes": queries.changes_of(rehearsal),
        "scope_form": ScopeForm(),
        "is_admin": access_of(request.user).is_admin,
    }
    if rehearsal.state == Rehearsal.State.DONE:
        context |= _found(request, rehearsal)
    return render(request, "settings/rehearsals/detail.html", context)


@leads_only
@require_GET
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far it is; at its end the page is drawn anew."""
    rehearsal = _rehearsal(request, pk)
    response = render(request, "settings/rehearsals/_progress.html", {"rehearsal": rehearsal})
    if not rehearsal.is_under_way:
        response["HX-Refresh"] = "true"
    return response


@leads_only
@require_POST
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Stop it."""
    if services.cancel_rehearsal(rehearsal=_rehearsal(request, pk)):
        messages.success(request, _("Cancelled."))
    return redirect("inbox:rehearsal", pk=pk)


@admins_only
@require_POST
def save(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make the change that was rehearsed."""
    rehearsal = _rehearsal(request, pk)
    try:
        services.save_rehearsed(rehearsal=rehearsal, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("inbox:rehearsal", pk=pk)
    messages.success(request, _("Saved: what was rehearsed is in force."))
    return redirect("inbox:models" if rehearsal.change["kind"] == "model" else "inbox:rules")


def _begin(request: SignedInRequest, change: Mapping[str, Any], **more: Any) -> HttpResponse | None:
    """Ask for a rehearsal and go to its page; None after saying why it cannot be."""
    try:
        asked = services.request_rehearsal(by=request.user, change=change, **more)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return None
    return redirect("inbox:rehearsal", pk=asked.pk)


def _rehearsal(request: SignedInRequest, pk: int) -> Rehearsal:
    visible = Rehearsal.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("by", "saved_by"), pk=pk)


def _found(request: SignedInRequest, rehearsal: Rehearsal) -> dict[str, Any]:
    """What the page shows of the result; `from` and `to` choose whose examples."""
    places = queries.places_for(request.user)
    flows = queries.flows_of(rehearsal, places)
    wanted = request.GET.get("from"), request.GET.get("to")
    chosen = next((f for f in flows if (f.origin.slug, f.target.slug) == wanted), None)
    chosen = chosen or next((f for f in flows if f.is_readable), None) or next(iter(flows), None)
    columns, rows = pictures.matrix(rehearsal, places)
    return {
        "summary": queries.summary_of(rehearsal),
        "corrected": queries.corrected_of(rehearsal),
        "others": queries.others_of(rehearsal),
        "flows": flows,
        "picture": pictures.flow_picture(flows),
        "columns": columns,
        "rows": zip(columns, rows, strict=True),
        "loads": pictures.loads(rehearsal, places),
        "examples": queries.examples_of(rehearsal, chosen, user=request.user) if chosen else None,
        "is_outdated": rehearsal.basis != rehearsing.current_basis(),
    }
