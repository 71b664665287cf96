"""Who works where, and as what."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import notices
from accounts.access import forget_access
from accounts.models import Department, Membership, User
from accounts.services.refused import Refused
from accounts.services.trail import signed

Role = Membership.Role


@transaction.atomic
def set_membership(
    *,
    user: User,
    department: Department | None,
    role: str,
    by: User | None,
    works_triage: bool = False,
) -> Membership:
    """Give `user` a role in a department (None: the whole organisation), or change it.

    Raises `Refused` for an admin of one department and for taking the last admin's role.
    """
    if role == Role.ADMIN and department is not None:
        raise Refused(_("An admin is one for the whole organisation."), field="role")
    if department is None and role != Role.ADMIN:
        refuse_last_admin(user)
    with signed(by):
        membership, _is_new = Membership.objects.update_or_create(
            user=user,
            department=department,
            defaults={"role": role, "works_triage": works_triage},
        )
    forget_access(user)
    notices.announce_access()
    return membership


@transaction.atomic
def remove_membership(*, membership: Membership, by: User | None) -> None:
    """Take a role away. Raises `Refused` for the last admin's."""
    if membership.role == Role.ADMIN:
        refuse_last_admin(membership.user)
    with signed(by):
        Membership.objects.filter(pk=membership.pk).delete()
    forget_access(membership.user)
    notices.announce_access()


def refuse_last_admin(user: User) -> None:
    """Raise `Refused` when `user` is the only admin left; call it inside the transaction."""
    admins = Membership.objects.filter(role=Role.ADMIN)
    # The rows are locked first and counted by a later statement, which sees what a rival
    # transaction has committed meanwhile: two admins cannot dismiss each other.
    locked = set(admins.order_by("pk").select_for_update().values_list("user_id", flat=True))
    if user.pk not in locked:
        return
    if not admins.filter(user__is_active=True).exclude(user=user).exists():
        raise Refused(_("This is the last admin: make somebody else one first."))
