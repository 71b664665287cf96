"""API tokens."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import ApiToken, User
from accounts.services.refused import Refused

LONGEST = timedelta(days=366)
SHOWN_LETTERS = 8


@transaction.atomic
def create_token(
    *, user: User, name: str, expires_at: datetime, is_read_only: bool
) -> tuple[ApiToken, str]:
    """Return a token that acts as `user`, and its key, which cannot be read again.

    Raises `Refused` for an expiry in the past or more than a year away.
    """
    now = timezone.now()
    if expires_at <= now:
        raise Refused(_("The expiry is in the past."), field="expires_at")
    if expires_at > now + LONGEST:
        raise Refused(_("A token lives a year at most."), field="expires_at")
    key = ApiToken.new_key()
    token = ApiToken.objects.create(
        user=user,
        name=name.strip(),
        prefix=key[:SHOWN_LETTERS],
        digest=ApiToken.digest_of(key),
        is_read_only=is_read_only,
        expires_at=expires_at,
    )
    return token, key


def revoke_token(*, token: ApiToken) -> None:
    """Close the door a token opens; nothing happens the second time."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
