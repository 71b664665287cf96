"""How long tickets may wait in triage, where they go then, and when a lead settles whose it is."""

from __future__ import annotations

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Department

A_WEEK = 7 * 24 * 60
# The tag of what was parked as spam, and its word in forms.
SPAM = "spam"


@pghistory.track()
class TriagePolicy(models.Model):
    """One row; times are in minutes."""

    target = models.PositiveIntegerField(
        _("Sorted within (minutes)"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(A_WEEK)],
        help_text=_("A ticket that waits longer is marked, and admins get an alarm."),
    )
    fall_back_to = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Default department"),
        help_text=_("Takes what waits in triage when nobody sorts."),
    )
    fall_back_after = models.PositiveIntegerField(
        _("When nobody has sorted for (minutes)"),
        default=120,
        validators=[MinValueValidator(1), MaxValueValidator(A_WEEK)],
    )

    bounce_after = models.PositiveSmallIntegerField(
        _("Moves after which a lead settles"),
        default=3,
        validators=[MinValueValidator(2), MaxValueValidator(20)],
        help_text=_(
            "A ticket that comes back to a department it had left goes back and forth in any case."
        ),
    )
    settled_for = models.PositiveSmallIntegerField(
        _("What a lead settled stays for (hours)"),
        default=24,
        validators=[MinValueValidator(0), MaxValueValidator(7 * 24)],
        help_text=_("Meanwhile only leads move the ticket on."),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="triage_policy_one_row"),
            models.CheckConstraint(
                condition=Q(target__gte=1, fall_back_after__gte=F("target")),
                name="triage_target_comes_first",
            ),
        ]

    def __str__(self) -> str:
        return "triage policy"

    @classmethod
    def current(cls) -> TriagePolicy:
        """The policy in force; the defaults before anybody saved one."""
        return cls.objects.select_related("fall_back_to").filter(pk=1).first() or cls(pk=1)
