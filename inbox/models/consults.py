"""Questions to another department, and what people are told."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, User
from inbox.models.tickets import Ticket

LONGEST_QUESTION = 2000
LONGEST_ANSWER = 4000


class ConsultQuerySet(models.QuerySet["Consult"]):
    """A consult is read by whoever may see its ticket."""

    def visible_to(self, user: User | AnonymousUser) -> ConsultQuerySet:
        return self.filter(ticket__in=Ticket.objects.visible_to(user))


class Consult(models.Model):
    """Another department is asked about a ticket, which stays where it is."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ANSWERED = "answered", _("Answered")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Source(models.TextChoices):
        PERSON = "person", _("A person")
        RULE = "rule", _("A rule")
        ROUTER = "router", _("The router")

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="consults", db_index=False
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="consults", help_text="who is asked"
    )
    place = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="whose ticket it was then; empty: triage",
    )
    source = models.CharField(max_length=10, choices=Source.choices)
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    question = models.CharField(
        max_length=LONGEST_QUESTION,
        blank=True,
        default="",
        help_text="or the name of the rule that asks",
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.CharField(max_length=LONGEST_ANSWER, blank=True, default="")
    closed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Consult]] = ConsultQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "department"],
                condition=Q(state="open"),
                name="consult_open_once_a_department",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None)
                | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="consult_closed_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["ticket", "-asked_at"], name="consult_of_ticket"),
            models.Index(fields=["-asked_at", "-id"], name="consult_newest"),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id}: {self.department}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class Notice(models.Model):
    """Something one person is told. It holds no words of a ticket: those are read when it is shown.

    `key` says what it is about, so that nobody is told the same thing twice.
    """

    class Kind(models.TextChoices):
        MENTIONED = "mentioned", _("mentioned in a note")
        RULE = "rule", _("a rule tells")
        CONSULTED = "consulted", _("your department is asked")
        ANSWERED = "answered", _("a question was answered")
        BOUNCED = "bounced", _("a ticket goes back and forth")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, null=True, related_name="notices")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    key = models.CharField(max_length=60)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    data = models.JSONField(default=dict, blank=True, help_text="note, consult or rule by key")
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notice_once")]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notice_newest"),
            models.Index(
                fields=["user", "ticket"], name="notice_unread", condition=Q(read_at=None)
            ),
            models.Index(fields=["created_at"], name="notice_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.kind} #{self.ticket_id}"
