"""What a rule was, version by version, and what leads propose."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import access_of
from accounts.views.gates import SignedInRequest, admins_only, leads_only
from inbox.queries.rules import all_names, history_of, proposed_changes
from routing import services
from routing.models import Rule, RuleProposal, RuleVersion
from routing.services.proposals import changes_of
from routing.wording import conditions_of


@leads_only
def history(request: SignedInRequest, pk: int) -> HttpResponse:
    """Every version of a rule, also of one that is gone."""
    versions = history_of(pk)
    if not versions:
        raise Http404
    context = {
        "rule": Rule.objects.filter(pk=pk).first(),
        "name": versions[0].version.definition["name"],
        "versions": versions,
        "is_admin": access_of(request.user).is_admin,
    }
    return render(request, "settings/rules/history.html", context)


@admins_only
@require_POST
def restore(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make a rule what it was in one of its versions."""
    version = get_object_or_404(RuleVersion, pk=pk)
    try:
        services.restore_rule(version=version, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The rule is as in version %d again.") % version.number)
    return redirect("inbox:rule_history", pk=version.rule_id)


@leads_only
def proposal(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a lead proposes, beside what is in force; an admin settles it."""
    found = get_object_or_404(RuleProposal.objects.select_related("rule", "by"), pk=pk)
    is_admin = access_of(request.user).is_admin
    if request.method == "POST" and is_admin and _settle(request, found):
        return redirect("inbox:rules")
    before, after = changes_of(found)
    context = {
        "proposal": found,
        "conditions": conditions_of(after["conditions"], all_names()),
        "changes": proposed_changes(found, dict(before)),
        "is_stale": found.rule is not None and found.rule.version != found.based_on,
        "is_admin": is_admin,
    }
    return render(request, "settings/rules/proposal.html", context)


def _settle(request: SignedInRequest, found: RuleProposal) -> bool:
    answer = request.POST.get("answer", "")
    try:
        if request.POST.get("do") == "accept":
            services.accept_proposal(proposal=found, by=request.user, answer=answer)
            messages.success(request, _("The rule is in force."))
        else:
            services.decline_proposal(proposal=found, by=request.user, answer=answer)
            messages.success(request, _("Declined."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return False
    return True
