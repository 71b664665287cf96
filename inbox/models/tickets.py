"""Tickets, their tags and who is looking."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import access_of
from accounts.models import Department, User
from inbox.models.asked import TRIAGE, Asked
from inbox.models.bounced import Bounced
from inbox.models.channels import Channel, Contact
from inbox.models.promises import Promised


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Speaks the domain. `visible_to` is the only door to a ticket (DESIGN §4.3)."""

    def visible_to(self, user: User | AnonymousUser) -> TicketQuerySet:
        """Tickets `user` may read."""
        access = access_of(user)
        seen = self._places(access.visible_department_ids, triage=access.can_see_triage)
        if access.home_department_ids:
            asked = sorted(access.home_department_ids)
            here = Coalesce(F("department"), TRIAGE)
            seen |= Q(shown_to__overlap=asked, shown_in=here)
        return self.filter(seen)

    def workable_by(self, user: User | AnonymousUser) -> TicketQuerySet:
        """Tickets `user` may change."""
        access = access_of(user)
        return self.filter(
            self._places(access.workable_department_ids, triage=access.can_work_triage)
        )

    @staticmethod
    def _places(department_ids: frozenset[int], *, triage: bool) -> Q:
        allowed = Q(department__in=sorted(department_ids))
        return allowed | Q(department=None) if triage else allowed

    def current(self) -> TicketQuerySet:
        """Tickets that were not merged into another."""
        return self.filter(merged_into=None)

    def open(self) -> TicketQuerySet:
        return self.current().filter(state=Ticket.State.OPEN)

    def overdue(self) -> TicketQuerySet:
        """Tickets whose next promise should have been kept by now."""
        return self.unresolved().filter(due_at__lte=timezone.now())

    def unresolved(self) -> TicketQuerySet:
        return self.current().exclude(state=Ticket.State.RESOLVED)


class Ticket(Promised, Asked, Bounced):
    """One conversation to work on."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        PENDING = "pending", _("Pending")
        SNOOZED = "snoozed", _("Snoozed")
        RESOLVED = "resolved", _("Resolved")

    class Priority(models.IntegerChoices):
        LOW = 0, _("Low")
        NORMAL = 1, _("Normal")
        HIGH = 2, _("High")
        URGENT = 3, _("Urgent")

    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, related_name="tickets", db_index=False
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, related_name="tickets", db_index=False
    )
    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        null=True,
        related_name="tickets",
        db_index=False,
        help_text="empty: triage",
    )
    decision = models.ForeignKey(
        "routing.Decision", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    priority = models.SmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    assignee = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="assigned_tickets", db_index=False
    )
    opening_post = models.ForeignKey(
        "inbox.Post", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    excerpt = models.CharField(
        max_length=280,
        blank=True,
        default="",
        help_text="start of the newest post that is not ours",
    )
    language = models.CharField(max_length=8, blank=True, default="")
    is_private = models.BooleanField(default=False)
    is_answered = models.BooleanField(default=False, help_text="the newest post is the page's own")
    is_touched = models.BooleanField(
        default=False, help_text="a person acted on it, so that healing no longer re-routes it"
    )
    post_count = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(default=timezone.now)
    last_post_at = models.DateTimeField(default=timezone.now)
    snoozed_until = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    incident = models.ForeignKey(
        "routing.Incident", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    previous = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        related_name="followed_by",
        db_index=False,
        help_text="the resolved ticket this one continues",
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="merged", db_index=False
    )
    tags = models.ManyToManyField("inbox.Tag", related_name="tickets", blank=True)

    objects: ClassVar[models.Manager[Ticket]] = TicketQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="snoozed", snoozed_until__isnull=False)
                | (~Q(state="snoozed") & Q(snoozed_until=None)),
                name="ticket_snoozed_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(state="resolved", resolved_at__isnull=False)
                | (~Q(state="resolved") & Q(resolved_at=None)),
                name="ticket_resolved_has_a_time",
            ),
        ]
        # Lists of work to do are answered by indexes as large as that work; the two over all time
        # serve the resolved and "any state" lists.
        indexes = [
            models.Index(
                fields=["-last_post_at", "-id"],
                name="ticket_todo_by_time",
                condition=~Q(state="resolved") & Q(merged_into=None),
            ),
            models.Index(
                fields=["department", "-last_post_at", "-id"],
                name="ticket_todo_by_department",
                condition=~Q(state="resolved") & Q(merged_into=None),
            ),
            models.Index(
                fields=["-priority", "-last_post_at", "-id"],
                name="ticket_todo_by_priority",
                condition=~Q(state="resolved") & Q(merged_into=None),
            ),
            models.Index(
                fields=["department", "-priority", "-last_post_at", "-id"],
                name="ticket_todo_urgent",
                condition=~Q(state="resolved") & Q(merged_into=None),
            ),
            models.Index(
                fields=["incident", "-last_post_at", "-id"],
                name="ticket_by_incident",
                condition=Q(incident__isnull=False),
            ),
            models.Index(
                fields=["due_at", "id"],
                name="ticket_todo_due",
                condition=~Q(state="resolved") & Q(merged_into=None),
            ),
            models.Index(
                fields=["department", "due_at", "id"],
                name="ticket_todo_due_of_department",
                condition=~Q(state="resolved") & Q(merged_into=None),
            ),
            models.Index(
                fields=["breach_due_at"],
                name="ticket_breach_due",
                condition=Q(breach_due_at__isnull=False),
            ),
            models.Index(
                fields=["department", "state", "assignee"],
                name="ticket_counts",
                condition=~Q(state="resolved") & Q(merged_into=None),
            ),
            models.Index(
                fields=["assignee", "-last_post_at", "-id"],
                name="ticket_by_assignee",
                condition=Q(merged_into=None),
            ),
            models.Index(
                fields=["department", "-last_post_at", "-id"],
                name="ticket_unassigned",
                condition=Q(state="open", merged_into=None, assignee=None),
            ),
            models.Index(
                fields=["-last_post_at", "-id"],
                name="ticket_consulted",
                condition=~Q(consulted=[]) & ~Q(state="resolved") & Q(merged_into=None),
            ),
            models.Index(
                fields=["snoozed_until"], name="ticket_snoozed", condition=Q(state="snoozed")
            ),
            models.Index(
                fields=["-last_post_at", "-id"],
                name="ticket_by_time",
                condition=Q(merged_into=None),
            ),
            models.Index(
                fields=["department", "-last_post_at", "-id"],
                name="ticket_by_department",
                condition=Q(merged_into=None),
            ),
            models.Index(
                fields=["channel", "-last_post_at", "-id"],
                name="ticket_by_channel",
                condition=Q(merged_into=None),
            ),
            models.Index(
                fields=["language", "-last_post_at", "-id"],
                name="ticket_by_language",
                condition=Q(merged_into=None),
            ),
            models.Index(fields=["contact", "-last_post_at"], name="ticket_contact"),
            models.Index(
                fields=["decision"],
                name="ticket_by_decision",
                condition=Q(decision__isnull=False),
            ),
            models.Index(
                fields=["previous"],
                name="ticket_previous",
                condition=Q(previous__isnull=False),
            ),
            models.Index(
                fields=["merged_into"],
                name="ticket_merged",
                condition=Q(merged_into__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("inbox:ticket", args=[self.pk])


class Tag(models.Model):
    """A label."""

    name = models.CharField(_("name"), max_length=40)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(models.functions.Lower("name"), name="tag_once_any_case")
        ]

    def __str__(self) -> str:
        return self.name


class Presence(models.Model):
    """Who has a ticket on screen; a row older than a minute means nothing."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "user"], name="presence_once_a_ticket")
        ]

    def __str__(self) -> str:
        return f"{self.user} at #{self.ticket_id}"
