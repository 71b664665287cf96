"""Departments: made, changed, put away; never deleted, because tickets stand in them."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import notices
from accounts.models import Department, Membership, User
from accounts.services.refused import Refused
from accounts.services.trail import signed


def create_department(
    *,
    name: str,
    letter: str,
    hue: str,
    by: User | None,
    is_confidential: bool = False,
    slug: str = "",
) -> Department:
    """Make a department with an empty queue, last in order. Its label is made from the name.

    Raises `Refused` when the name or its label is taken, or makes no label.
    """
    slug = slug or slugify(name).replace("-", "_")
    if not slug:
        raise Refused(_("A name needs at least one Latin letter or digit."), field="name")
    if Department.objects.filter(slug=slug).exists():
        raise Refused(_("There is a department with this label already."), field="name")
    try:
        with transaction.atomic(), signed(by):
            last = Department.objects.aggregate(last=Max("position"))["last"] or 0
            department = Department.objects.create(
                name=name.strip(),
                slug=slug,
                letter=letter.strip().upper(),
                hue=hue,
                is_confidential=is_confidential,
                position=last + 1,
            )
            notices.announce_access()
    except IntegrityError:
        raise Refused(_("There is a department of this name already."), field="name") from None
    return department


def update_department(
    *,
    department: Department,
    name: str,
    letter: str,
    hue: str,
    is_confidential: bool,
    is_active: bool,
    by: User | None,
) -> Department:
    """Change everything but the label.

    Raises `Refused` for a taken name, for putting the last department away, and for making one
    confidential that nobody is a member of.
    """
    try:
        with transaction.atomic(), signed(by):
            # In order of key, so that two admins cannot put the last two away at once.
            everyone = {d.pk: d for d in Department.objects.select_for_update().order_by("pk")}
            current = everyone[department.pk]
            others = [d for d in everyone.values() if d.is_active and d.pk != current.pk]
            if not is_active and not others:
                raise Refused(_("This is the last department in use: make another one first."))
            if is_confidential and not current.is_confidential:
                _refuse_unmanned(current)
            current.name, current.letter, current.hue = name.strip(), letter.strip().upper(), hue
            current.is_confidential, current.is_active = is_confidential, is_active
            current.save()
            notices.announce_access()
    except IntegrityError:
        raise Refused(_("There is a department of this name already."), field="name") from None
    return current


def _refuse_unmanned(department: Department) -> None:
    if not Membership.objects.filter(department=department, user__is_active=True).exists():
        raise Refused(
            _("It has no member, so nobody would see its tickets: add one first."),
            field="is_confidential",
        )
