"""API tokens: one's own; admins see what exists, never the keys."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import queries, services
from accounts.access import access_of
from accounts.forms import TokenForm
from accounts.models import ApiToken
from accounts.views.gates import SignedInRequest, show_refusal


@login_required
@never_cache
def tokens(request: SignedInRequest) -> HttpResponse:
    """List them, make one, show its key once."""
    form = TokenForm(request.POST or None)
    key = ""
    if request.method == "POST" and form.is_valid():
        try:
            _token, key = services.create_token(
                user=request.user,
                name=form.cleaned_data["name"],
                expires_at=form.expires_at,
                is_read_only=form.cleaned_data["is_read_only"],
            )
            form = TokenForm()
        except services.Refused as refusal:
            show_refusal(form, refusal)
    is_admin = access_of(request.user).is_admin
    is_everyone = is_admin and "everyone" in request.GET
    page = queries.token_page(
        user=None if is_everyone else request.user, after=request.GET.get("after", "")
    )
    context = {"form": form, "key": key, "page": page, "is_admin": is_admin}
    context |= {"is_everyone": is_everyone, "now": timezone.now()}
    return render(request, "accounts/tokens.html", context)


@login_required
@require_POST
def revoke_token(request: SignedInRequest, pk: int) -> HttpResponse:
    """Revoke one's own token; an admin anybody's."""
    mine = ApiToken.objects.all()
    if not access_of(request.user).is_admin:
        mine = mine.filter(user=request.user)
    services.revoke_token(token=get_object_or_404(mine, pk=pk))
    messages.success(request, _("Revoked."))
    return redirect("accounts:tokens")
