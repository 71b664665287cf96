"""API tokens as a way to sign in: `Authorization: Bearer cd_…`."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from accounts.models import ApiToken, User

SCHEME = "Bearer"
# Exact enough for "is it still used?", and not a write a request.
USED_EVERY = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """Lets a program act as the person whose token it shows."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the token's person; None without a token, so that a session may sign in."""
        scheme, _space, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        token = ApiToken.objects.with_key(key.strip()).valid().select_related("user").first()
        if token is None:
            # One sentence for all of them: it tells a thief nothing about the key.
            raise AuthenticationFailed(_("This token is unknown, expired or revoked."))
        if token.is_read_only and request.method not in SAFE_METHODS:
            raise PermissionDenied(_("This token may only read."))
        _note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return f'{SCHEME} realm="api"'


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used_at and now - token.last_used_at < USED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
