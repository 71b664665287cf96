"""Settings: who sorts triage is a membership's; how long it may take, and what then, is here."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.views.gates import SignedInRequest, admins_only
from inbox.forms.triage import TriagePolicyForm
from inbox.models import TriagePolicy
from inbox.queries.triage import who_sorts
from inbox.services import triage


@admins_only
def policy(request: SignedInRequest) -> HttpResponse:
    """The policy in force, and a form to change it."""
    form = TriagePolicyForm(request.POST or None, instance=TriagePolicy.current())
    if request.method == "POST" and form.is_valid():
        triage.save_policy(policy=form.instance, by=request.user)
        messages.success(request, _("Saved."))
        return redirect("inbox:triage_policy")
    context = {"form": form, "sorters": who_sorts()}
    return render(request, "settings/triage/policy.html", context)
