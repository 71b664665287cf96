"""Which departments were asked about a ticket, and which see it because of that."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

TRIAGE = 0


class Asked(models.Model):
    """Columns of a ticket that follow its open consults, so that no list has to join them.

    Department sets hold primary keys. `shown_to` counts only while the ticket is in the place it
    was worked out for: a ticket that moves by whatever way is not shown by an old question.
    """

    consulted = ArrayField(
        models.IntegerField(),
        default=list,
        blank=True,
        help_text="departments with an open question",
    )
    shown_to = ArrayField(
        models.IntegerField(),
        default=list,
        blank=True,
        help_text="departments whose members see it because they were asked",
    )
    shown_in = models.IntegerField(
        null=True, blank=True, help_text="department `shown_to` holds for; 0: triage"
    )

    class Meta:
        abstract = True

    @property
    def shown_also_to(self) -> tuple[int, ...]:
        """Departments whose members see the ticket where it is, besides those who do anyway."""
        here: int = getattr(self, "department_id", None) or TRIAGE
        return tuple(self.shown_to) if self.shown_in == here else ()
