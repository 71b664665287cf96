"""The page where a rule is built: every button is a plain post, scripts only make it quicker."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.access import access_of
from accounts.views.gates import SignedInRequest, leads_only
from inbox.forms.conditions import Draft, blank, document_of, draft_of, read_draft
from inbox.forms.rules import RuleForm, SampleForm
from inbox.forms.steps import Step, change
from inbox.queries.rule_builder import GROUPS, MENU, build, facts_of
from inbox.queries.rules import RELATED
from routing import services
from routing.models import Rehearsal, Rule
from routing.services.changes import definition_with


@leads_only
def create(request: SignedInRequest) -> HttpResponse:
    """A new rule, at the end of the list."""
    return _build(request, None)


@leads_only
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change a rule; every save is a version."""
    return _build(request, get_object_or_404(Rule.objects.select_related(*RELATED), pk=pk))


def _build(request: SignedInRequest, rule: Rule | None) -> HttpResponse:
    if request.method != "POST":
        return _page(request, rule, draft_of(rule.conditions) if rule else blank())
    draft = read_draft(request.POST)
    action = request.POST.get("do", "save")
    if action in {"save", "check", "rehearse"}:
        form = RuleForm(request.POST, rule=rule)
        if action == "rehearse" and form.is_valid():
            asked = _rehearse(request, rule, form, draft)
            if asked:
                return redirect("inbox:rehearsal", pk=asked.pk)
        if action == "save" and form.is_valid() and _save(request, rule, form, draft):
            return redirect("inbox:rules")
        return _page(request, rule, draft, form=form, shows_errors=action != "check")
    return _page(request, rule, draft, step=change(draft, action))


def _save(request: SignedInRequest, rule: Rule | None, form: RuleForm, draft: Draft) -> bool:
    """Save or propose the rule; what the services refuse is in the form afterwards."""
    said = {**form.values(), "conditions": document_of(draft)}
    reason, expect = form.cleaned_data["reason"], form.cleaned_data["version"]
    try:
        if not access_of(request.user).is_admin:
            services.propose_rule(rule=rule, by=request.user, reason=reason, **said)
            messages.success(request, _("Proposed: an admin will decide."))
        elif rule is None:
            services.create_rule(by=request.user, reason=reason, **said)
            messages.success(request, _("The rule is in force."))
        else:
            services.update_rule(rule=rule, by=request.user, reason=reason, expect=expect, **said)
            messages.success(request, _("Saved."))
    except ValidationError as error:
        form.show_faults(error)
        return False
    return True


def _rehearse(
    request: SignedInRequest, rule: Rule | None, form: RuleForm, draft: Draft
) -> Rehearsal | None:
    """Ask what the rule, as it stands in the form, would have done; None when it cannot be."""
    said = {**form.values(), "conditions": document_of(draft)}
    reason, expect = form.cleaned_data["reason"], form.cleaned_data["version"]
    try:
        change: dict[str, Any] = {"kind": "create", "definition": definition_with(rule, said)}
        if rule is not None:
            change |= {"kind": "change", "rule": rule.pk, "version": expect}
        return services.request_rehearsal(by=request.user, change=change, reason=reason)
    except ValidationError as error:
        form.show_faults(error)
        return None


def _page(
    request: SignedInRequest,
    rule: Rule | None,
    draft: Draft,
    *,
    form: RuleForm | None = None,
    shows_errors: bool = False,
    step: Step | None = None,
) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    form = form or RuleForm(posted, rule=rule)
    tests = SampleForm(posted)
    form.is_valid()
    values = form.values() if form.is_bound else {}
    facts = facts_of(tests.cleaned_data) if tests.is_valid() else None
    built = build(draft, rule=rule, values=values, facts=facts, step=step, is_strict=shows_errors)
    if form.is_bound and not shows_errors:
        form.errors.clear()
    context = {
        "rule": rule,
        "form": form,
        "tests": tests,
        "built": built,
        "groups": GROUPS,
        "menu": MENU,
        "is_admin": access_of(request.user).is_admin,
    }
    return render(request, "settings/rules/builder.html", context)
