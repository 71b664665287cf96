"""One's own name, handle and time zone."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import queries, services
from accounts.forms import PersonForm
from accounts.models import User
from accounts.views.gates import SignedInRequest, show_refusal


@login_required
def profile(request: SignedInRequest) -> HttpResponse:
    """Show it and save it."""
    # A copy: what was typed must not show in the page's frame before it is saved.
    form = PersonForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        try:
            services.update_person(user=request.user, by=request.user, **form.cleaned_data)
        except services.Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:profile")
    context = {"form": form, "memberships": queries.memberships_of(request.user)}
    return render(request, "accounts/profile.html", context)
