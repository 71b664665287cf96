"""Canned replies."""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.access import access_of
from accounts.models import Department, User


class MacroQuerySet(models.QuerySet["Macro"]):
    """Speaks the domain; a department's wording is for those who work there."""

    def active(self) -> MacroQuerySet:
        return self.filter(is_active=True)

    def of_department(self, department_id: int | None) -> MacroQuerySet:
        """Those for tickets of a department (None: triage): its own, and everybody's."""
        return self.filter(Q(department=None) | Q(department=department_id))

    def readable_by(self, user: User | AnonymousUser) -> MacroQuerySet:
        """Macros `user` may answer with."""
        access = access_of(user)
        if not access.can_write:
            return self.none()
        own = Q(department__in=access.workable_department_ids | access.led_department_ids)
        return self.filter(Q(department=None) | own)

    def editable_by(self, user: User | AnonymousUser) -> MacroQuerySet:
        """Macros `user` may change: of departments they lead; everybody's are for admins."""
        access = access_of(user)
        own = Q(department__in=access.led_department_ids)
        return self.filter(own | Q(department=None) if access.is_admin else own)


@pghistory.track(exclude=["uses", "last_used_at"])
class Macro(models.Model):
    """Words for what is asked again and again, with variables: `publishing.macro_text`."""

    LONGEST = 10_000

    department = models.ForeignKey(
        Department,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="macros",
        verbose_name=_("department"),
    )
    name = models.CharField(_("name"), max_length=80)
    shortcut = models.CharField(
        _("shortcut"),
        max_length=30,
        blank=True,
        validators=[RegexValidator(r"^[\w-]+\Z", _("Letters, digits, dash and underscore only."))],
        help_text=_("Typed after a slash in a reply: /late"),
    )
    text = models.TextField(_("text"), max_length=LONGEST)
    topic = models.CharField(
        _("topic"),
        max_length=40,
        blank=True,
        help_text=_("On tickets about it the macro stands first."),
    )
    tags = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("tags"),
        default=list,
        blank=True,
        help_text=_("What using the macro adds to the ticket, with commas between."),
    )
    is_active = models.BooleanField(_("in use"), default=True)
    uses = models.PositiveIntegerField(_("uses"), default=0, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    objects: ClassVar[models.Manager[Macro]] = MacroQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["department", "name"],
                nulls_distinct=False,
                name="macro_name_once_a_department",
            ),
            models.UniqueConstraint(
                fields=["department", "shortcut"],
                nulls_distinct=False,
                condition=Q(is_active=True) & ~Q(shortcut=""),
                name="macro_shortcut_once_a_department",
            ),
        ]

    def __str__(self) -> str:
        return self.name
