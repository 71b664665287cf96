"""Who may open a settings page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse

from accounts.access import access_of
from accounts.models import User
from accounts.services import Refused

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


class SignedInRequest(HttpRequest):
    """A request behind `login_required`."""

    user: User


def admins_only(view: Callable[Concatenate[SignedInRequest, P], HttpResponse]) -> View[P]:
    """Let admins in, send the anonymous to the sign-in page and refuse everybody else."""

    @login_required
    @wraps(view)
    def guarded(request: SignedInRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not access_of(request.user).is_admin:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded  # type: ignore[return-value]


def leads_only(view: Callable[Concatenate[SignedInRequest, P], HttpResponse]) -> View[P]:
    """Let leads and admins in, as `admins_only` does with admins."""

    @login_required
    @wraps(view)
    def guarded(request: SignedInRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        access = access_of(request.user)
        if not access.is_lead_or_admin:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded  # type: ignore[return-value]


def show_refusal(form: BaseForm, refusal: Refused) -> None:
    """Put a service's sentence where the form shows its errors."""
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
