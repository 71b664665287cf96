"""Incidents: what is going on, its tickets, and what to do with all of them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import NOTHING, access_of
from accounts.views.gates import SignedInRequest, leads_only
from inbox.forms.incidents import AllForm, IncidentForm, IncidentOfTicketForm
from inbox.models import Ticket
from inbox.models.timeline import TicketEvent
from inbox.queries import tickets_in_full
from inbox.queries.incidents import incident_line, incident_lines, newest_of, tickets_of
from inbox.services import incidents
from inbox.services.conflicts import Conflict, Refused
from inbox.templatetags.shell import UNDO
from routing import services
from routing.models import Incident


@never_cache
@login_required
def listing(request: SignedInRequest) -> HttpResponse:
    """The open incidents, then the closed ones."""
    _must_belong(request)
    context = {
        "lines": incident_lines(request.user),
        "may_open": services.may_open_incidents(request.user),
    }
    return render(request, "inbox/incidents/list.html", context)


@never_cache
@login_required
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """An incident with its tickets, as far as this person may see them."""
    _must_belong(request)
    incident = get_object_or_404(Incident.objects.select_related("opened_by", "closed_by"), pk=pk)
    context = {
        "line": incident_line(request.user, incident),
        "incident": incident,
        "tickets": newest_of(request.user, incident),
        "may_open": services.may_open_incidents(request.user),
        "may_write": access_of(request.user).can_write,
        "form": AllForm(),
    }
    return render(request, "inbox/incidents/detail.html", context)


@leads_only
def create(request: SignedInRequest) -> HttpResponse:
    """Open an incident."""
    return _edit(request, Incident())


@leads_only
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change how its posts are known."""
    return _edit(request, get_object_or_404(Incident, pk=pk))


@leads_only
@require_POST
def switch(request: SignedInRequest, pk: int) -> HttpResponse:
    """Close it, or open it again."""
    incident = get_object_or_404(Incident, pk=pk)
    if incident.is_open:
        services.close_incident(incident=incident, by=request.user)
    else:
        services.reopen_incident(incident=incident)
    return redirect(incident)


@login_required
@require_POST
def act_on_all(request: SignedInRequest, pk: int) -> HttpResponse:
    """Resolve, assign or tag what is still to do of an incident."""
    incident = get_object_or_404(Incident, pk=pk)
    form = AllForm(request.POST)
    if not form.is_valid():
        raise PermissionDenied
    chosen = list(tickets_of(request.user, incident).unresolved()[: incidents.MOST_AT_ONCE])
    event = _do(request, form, chosen)
    if event is None:
        messages.warning(request, _("There was nothing you could do that to."))
    else:
        count = 1 + len(event.data.get("also", ()))
        told = ngettext("%(count)d ticket changed.", "%(count)d tickets changed.", count)
        messages.success(request, told % {"count": count}, extra_tags=f"{UNDO}{event.pk}")
    return redirect(incident)


@login_required
@require_POST
def of_ticket(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put one ticket into an incident, or out of it."""
    ticket = get_object_or_404(tickets_in_full(request.user), pk=pk)
    form = IncidentOfTicketForm(request.POST)
    if form.is_valid():
        try:
            wanted = form.cleaned_data["incident"]
            event = incidents.put_into(ticket=ticket, incident=wanted, by=request.user)
        except (Conflict, Refused) as problem:
            messages.warning(request, problem.message)
        else:
            messages.success(request, _("Saved."), extra_tags=f"{UNDO}{event.pk}")
    return redirect(ticket)


def _do(request: SignedInRequest, form: AllForm, chosen: list[Ticket]) -> TicketEvent | None:
    said, by = form.cleaned_data, request.user
    if said["do"] == "resolve":
        return incidents.resolve_all(chosen=chosen, by=by)
    if said["do"] == "assign":
        return incidents.assign_all(chosen=chosen, to=said["to"], by=by)
    return incidents.tag_all(chosen=chosen, names=said["tags"], by=by)


def _edit(request: SignedInRequest, incident: Incident) -> HttpResponse:
    form = IncidentForm(request.POST or None, incident=incident, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_incident(incident=incident, by=request.user, **form.values())
        except ValidationError as error:
            form.show_faults(error)
        else:
            messages.success(request, _("Saved. New posts that fit are linked to it."))
            return redirect(incident)
    kept = Incident.objects.filter(pk=incident.pk).first() if incident.pk else None
    return render(request, "inbox/incidents/form.html", {"form": form, "incident": kept})


def _must_belong(request: SignedInRequest) -> None:
    if access_of(request.user) == NOTHING:
        raise PermissionDenied
