"""Settings: routing rules, how sure the classifier must be, and a place to try them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.views.gates import SignedInRequest, admins_only
from inbox.forms.rules import RuleForm, ThresholdForm, TryForm
from inbox.queries.rules import rule_lines, try_text
from routing import services
from routing.models import RouterSettings, Rule


@admins_only
def listing(request: SignedInRequest) -> HttpResponse:
    """The rules in order, the threshold, and what they make of a text."""
    form = TryForm(request.POST or None)
    trial = None
    if request.method == "POST" and form.is_valid():
        trial = try_text(**form.cleaned_data)
    context = _page() | {"form": form, "trial": trial}
    return render(request, "settings/rules/list.html", context)


@admins_only
def create(request: SignedInRequest) -> HttpResponse:
    """Add a rule at the end."""
    form = RuleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.create_rule(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.show_faults(error)
        else:
            messages.success(request, _("The rule is in force."))
            return redirect("inbox:rules")
    return render(request, "settings/rules/form.html", {"form": form})


@admins_only
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change a rule; every change is a new version."""
    rule = get_object_or_404(Rule, pk=pk)
    form = RuleForm(request.POST or None, rule=rule)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_rule(rule=rule, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.show_faults(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("inbox:rules")
    return render(request, "settings/rules/form.html", {"form": form, "rule": rule})


@admins_only
@require_POST
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remove a rule; what it decided keeps its reasons."""
    services.delete_rule(rule=get_object_or_404(Rule, pk=pk))
    messages.success(request, _("The rule is gone."))
    return redirect("inbox:rules")


@admins_only
@require_POST
def switch(request: SignedInRequest, pk: int) -> HttpResponse:
    """Switch a rule on or off."""
    rule = get_object_or_404(Rule, pk=pk)
    is_active = request.POST.get("is_active") == "1"
    services.update_rule(rule=rule, by=request.user, is_active=is_active)
    return redirect("inbox:rules")


@admins_only
@require_POST
def move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Move a rule one place up or down."""
    ids = list(Rule.objects.values_list("pk", flat=True))
    here = ids.index(get_object_or_404(Rule, pk=pk).pk)
    there = here + (-1 if request.POST.get("to") == "up" else 1)
    if 0 <= there < len(ids):
        ids[here], ids[there] = ids[there], ids[here]
        try:
            services.reorder_rules(ids=ids, by=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
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
    context = _page() | {"form": TryForm(), "threshold_form": form}
    return render(request, "settings/rules/list.html", context)


def _page() -> dict[str, Any]:
    settings = RouterSettings.objects.filter(pk=1).first() or RouterSettings()
    percent = {"percent": round(settings.threshold * 100)}
    return {"lines": rule_lines(), "threshold_form": ThresholdForm(initial=percent)}
