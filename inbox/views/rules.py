"""Settings: routing rules, how sure the classifier must be, and a place to try them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import access_of
from accounts.views.gates import SignedInRequest, admins_only, leads_only
from inbox.forms.rules import ConsultMarginForm, ThresholdForm, TimeZoneForm, TryForm
from inbox.queries.rules import open_proposals, removed_rules, rule_lines, try_text
from routing import services
from routing.models import AuthorList, RouterSettings, Rule


@leads_only
def listing(request: SignedInRequest) -> HttpResponse:
    """The rules in order, what is proposed, and what they make of a text."""
    form = TryForm(request.POST or None)
    trial = None
    if request.method == "POST" and form.is_valid():
        trial = try_text(**form.cleaned_data)
    context = _page(request) | {"form": form, "trial": trial}
    return render(request, "settings/rules/list.html", context)


@admins_only
@require_POST
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remove a rule; what it decided keeps its reasons, and its history stays."""
    rule = get_object_or_404(Rule, pk=pk)
    services.delete_rule(rule=rule, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, _("The rule is gone. Its history can bring it back."))
    return redirect("inbox:rules")


@admins_only
@require_POST
def switch(request: SignedInRequest, pk: int) -> HttpResponse:
    """Switch a rule on or off."""
    rule = get_object_or_404(Rule, pk=pk)
    is_active = request.POST.get("is_active") == "1"
    try:
        services.update_rule(rule=rule, by=request.user, is_active=is_active)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        said = _("“%s” is on.") if is_active else _("“%s” is off.")
        messages.success(request, said % rule.name)
    return _back_to(rule, "switch")


@admins_only
@require_POST
def move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Move a rule one place up or down."""
    rule = get_object_or_404(Rule, pk=pk)
    ids = list(Rule.objects.values_list("pk", flat=True))
    here, to = ids.index(rule.pk), "up" if request.POST.get("to") == "up" else "down"
    there = here + (-1 if to == "up" else 1)
    if 0 <= there < len(ids):
        ids[here], ids[there] = ids[there], ids[here]
        said = {"name": rule.name, "place": there + 1, "all": len(ids)}
        _reorder(request, ids, said=_("“%(name)s” is number %(place)d of %(all)d now.") % said)
    return _back_to(rule, to)


@admins_only
@require_POST
def order(request: SignedInRequest) -> HttpResponse:
    """Put the rules into the order they were dragged into."""
    ids = [int(pk) for pk in request.POST.getlist("ids") if pk.isdecimal() and len(pk) < 19]
    _reorder(request, ids, said=_("The new order is in force."))
    return redirect("inbox:rules")


@admins_only
@require_POST
def set_threshold(request: SignedInRequest) -> HttpResponse:
    """How sure the classifier must be."""
    form = ThresholdForm(request.POST)
    if form.is_valid():
        services.set_threshold(threshold=form.cleaned_data["percent"] / 100, by=request.user)
        messages.success(request, _("Saved."))
        return redirect("inbox:rules")
    context = _page(request) | {"form": TryForm(), "threshold_form": form}
    return render(request, "settings/rules/list.html", context)


@admins_only
@require_POST
def set_time_zone(request: SignedInRequest) -> HttpResponse:
    """Which time hours and weekdays in rules mean."""
    form = TimeZoneForm(request.POST)
    if form.is_valid():
        services.set_time_zone(time_zone=form.cleaned_data["time_zone"], by=request.user)
        messages.success(request, _("Saved."))
        return redirect("inbox:rules")
    context = _page(request) | {"form": TryForm(), "zone_form": form}
    return render(request, "settings/rules/list.html", context)


@admins_only
@require_POST
def set_consult_margin(request: SignedInRequest) -> HttpResponse:
    """How close the second likeliest department must come to be asked, too."""
    form = ConsultMarginForm(request.POST)
    if form.is_valid():
        services.set_consult_margin(margin=form.cleaned_data["percent"] / 100, by=request.user)
        messages.success(request, _("Saved."))
        return redirect("inbox:rules")
    context = _page(request) | {"form": TryForm(), "margin_form": form}
    return render(request, "settings/rules/list.html", context)


def _reorder(request: SignedInRequest, ids: list[int], *, said: str) -> None:
    try:
        services.reorder_rules(ids=ids, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, said)


def _back_to(rule: Rule, button: str) -> HttpResponse:
    """The list, with the focus where it was: who moves a rule far presses the same key again."""
    return redirect(f"{reverse('inbox:rules')}?rule={rule.pk}&button={button}")


def _page(request: SignedInRequest) -> dict[str, Any]:
    settings = RouterSettings.objects.filter(pk=1).first() or RouterSettings()
    return {
        "is_admin": access_of(request.user).is_admin,
        "lines": rule_lines(pressed=(request.GET.get("rule", ""), request.GET.get("button", ""))),
        "proposals": open_proposals(),
        "removed": removed_rules(),
        "author_lists": AuthorList.objects.all(),
        "threshold_form": ThresholdForm(initial={"percent": round(settings.threshold * 100)}),
        "margin_form": ConsultMarginForm(initial={"percent": round(settings.consult_margin * 100)}),
        "zone_form": TimeZoneForm(initial={"time_zone": settings.time_zone}),
    }
