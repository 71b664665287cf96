"""People: list, invite, change, switch off."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import queries, services
from accounts.forms import InviteForm, MembershipForm, PersonForm
from accounts.models import Membership, User
from accounts.views.gates import SignedInRequest, admins_only, show_refusal


@admins_only
def people(request: SignedInRequest) -> HttpResponse:
    """Everybody with an account, by name."""
    text = request.GET.get("q", "").strip()
    page = queries.people_page(text=text, after=request.GET.get("after", ""))
    return render(request, "accounts/people.html", {"page": page, "text": text})


@admins_only
@never_cache
def invite(request: SignedInRequest) -> HttpResponse:
    """Make an account and show, once, the link that opens it."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = services.invite_person(by=request.user, **form.cleaned_data)
        except services.Refused as refusal:
            show_refusal(form, refusal)
        else:
            return _show_link(request, person)
    return render(request, "accounts/invite.html", {"form": form})


@admins_only
def person(request: SignedInRequest, pk: int) -> HttpResponse:
    """One person: name, roles, access."""
    found = get_object_or_404(User, pk=pk)
    form = PersonForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_person(user=found, by=request.user, **form.cleaned_data)
        except services.Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:person", pk)
    return _show_person(request, found, form)


@admins_only
@require_POST
def set_membership(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give a role, or change it."""
    found = get_object_or_404(User, pk=pk)
    form = MembershipForm(request.POST, prefix="membership")
    if form.is_valid():
        try:
            services.set_membership(user=found, by=request.user, **form.cleaned_data)
        except services.Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:person", pk)
    return _show_person(request, found, PersonForm(instance=found), form)


@admins_only
@require_POST
def remove_membership(request: SignedInRequest, pk: int, membership: int) -> HttpResponse:
    """Take a role away."""
    found = get_object_or_404(Membership.objects.select_related("user"), pk=membership, user=pk)
    try:
        services.remove_membership(membership=found, by=request.user)
    except services.Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Removed."))
    return redirect("accounts:person", pk)


@admins_only
@require_POST
def switch(request: SignedInRequest, pk: int) -> HttpResponse:
    """Switch an account off, or on again."""
    found = get_object_or_404(User, pk=pk)
    try:
        if found.is_active:
            services.deactivate_person(user=found, by=request.user)
            messages.success(request, _("%(name)s is signed out for good.") % {"name": found})
        else:
            services.activate_person(user=found, by=request.user)
            messages.success(request, _("%(name)s may sign in again.") % {"name": found})
    except services.Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("accounts:person", pk)


@admins_only
@never_cache
@require_POST
def password_link(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show, once, a link that sets a person's password."""
    found = get_object_or_404(User, pk=pk)
    try:
        return _show_link(request, found)
    except services.Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("accounts:person", pk)


def _show_link(request: SignedInRequest, person: User) -> HttpResponse:
    path = services.make_password_link(user=person, by=request.user)
    link = request.build_absolute_uri(path)
    return render(request, "accounts/password_link.html", {"person": person, "link": link})


def _show_person(
    request: SignedInRequest, person: User, form: PersonForm, adding: MembershipForm | None = None
) -> HttpResponse:
    context = {
        "person": User.objects.get(pk=person.pk),
        "form": form,
        "memberships": queries.memberships_of(person),
        "roles": Membership.Role.choices,
        "adding": adding or MembershipForm(prefix="membership"),
    }
    return render(request, "accounts/person.html", context)
