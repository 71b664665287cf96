"""People: invited, changed, switched off and on."""

from __future__ import annotations

import secrets

import pghistory
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import notices
from accounts.access import forget_access
from accounts.models import ApiToken, Department, Membership, User
from accounts.services.memberships import refuse_last_admin, set_membership
from accounts.services.refused import Refused
from accounts.services.trail import signed


def invite_person(
    *,
    email: str,
    name: str,
    by: User | None,
    department: Department | None,
    role: str,
    works_triage: bool = False,
) -> User:
    """Make an account without a password, with one membership; a password link opens it.

    Raises `Refused` when the address has an account.
    """
    try:
        with transaction.atomic(), signed(by):
            user = User.objects.create_user(email.strip(), name=name.strip())
            set_membership(
                user=user, department=department, role=role, works_triage=works_triage, by=by
            )
    except IntegrityError:
        raise Refused(_("Somebody with this address has an account."), field="email") from None
    return user


@transaction.atomic
def make_password_link(*, user: User, by: User) -> str:
    """The path of a page that sets `user`'s password; it works once, for three days.

    Raises `Refused` for a switched-off account.
    """
    if not user.is_active:
        raise Refused(_("This account is switched off: switch it on first."))
    with signed(by):
        pghistory.create_event(user, label="password_link")
    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])


@transaction.atomic
def create_admin(*, email: str, name: str = "") -> tuple[User, str]:
    """Make `email` an admin of the organisation and return a new password for them.

    For the command line: whoever may run commands here may do anything anyway.
    """
    password = secrets.token_urlsafe(12)
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        user = User.objects.create_user(email.strip(), name=name)
    user.is_active = True
    user.set_password(password)
    user.save()
    set_membership(user=user, department=None, role=Membership.Role.ADMIN, by=None)
    return user, password


def update_person(*, user: User, name: str, handle: str, time_zone: str, by: User) -> User:
    """Change how a person is called and in which zone they see times.

    Raises `Refused` when the handle is taken.
    """
    try:
        with transaction.atomic(), signed(by):
            User.objects.filter(pk=user.pk).update(
                name=name.strip(), handle=handle.lower(), time_zone=time_zone
            )
    except IntegrityError:
        raise Refused(_("Somebody else has this handle."), field="handle") from None
    user.refresh_from_db()
    return user


@transaction.atomic
def deactivate_person(*, user: User, by: User) -> None:
    """Sign `user` out everywhere for good: sessions, streams and tokens end.

    Raises `Refused` for oneself and for the last admin.
    """
    if user.pk == by.pk:
        raise Refused(_("You cannot switch yourself off: ask another admin."))
    refuse_last_admin(user)
    with signed(by):
        User.objects.filter(pk=user.pk).update(is_active=False)
        ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    _after(user)


@transaction.atomic
def activate_person(*, user: User, by: User) -> None:
    """Let `user` sign in again, with the memberships they had; tokens stay revoked."""
    with signed(by):
        User.objects.filter(pk=user.pk).update(is_active=True)
    _after(user)


def _after(user: User) -> None:
    forget_access(user)
    user.refresh_from_db(fields=["is_active"])
    notices.announce_access()
