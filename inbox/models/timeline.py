"""What happened to a ticket, and the receipts of those who moved it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, User
from inbox.models.tickets import Ticket


class TicketEvent(models.Model):
    """One line of a ticket's timeline; rows are only ever added."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("received")
        ROUTED = "routed", _("routed")
        EDITED = "edited", _("post edited")
        DELETED = "deleted", _("post deleted")
        ANSWERED = "answered", _("answered")
        WORDS_REMOVED = "words_removed", _("words removed")
        HIDDEN = "hidden", _("post hidden")
        SHOWN = "shown", _("post shown again")
        MERGED = "merged", _("merged")
        CLAIMED = "claimed", _("claimed")
        ASSIGNED = "assigned", _("assigned")
        UNASSIGNED = "unassigned", _("unassigned")
        NOTED = "noted", _("note added")
        TAGGED = "tagged", _("tags changed")
        PRIORITISED = "prioritised", _("priority changed")
        PENDING = "pending", _("set to pending")
        SNOOZED = "snoozed", _("snoozed")
        WOKEN = "woken", _("woken")
        RESOLVED = "resolved", _("resolved")
        REOPENED = "reopened", _("re-opened")
        HANDED_OVER = "handed_over", _("handed over")
        CONFIRMED = "confirmed", _("right department")
        INCIDENT = "incident", _("incident changed")
        BREACHED = "breached", _("promise broken")
        CONSULTED = "consulted", _("another department asked")
        CONSULT_ANSWERED = "consult_answered", _("question answered")
        CONSULT_WITHDRAWN = "consult_withdrawn", _("question withdrawn")
        BOUNCED = "bounced", _("goes back and forth")
        SETTLED = "settled", _("settled by a lead")
        UNDONE = "undone", _("undone")
        REVIEW_ASKED = "review_asked", _("approval asked for")
        REPLY_APPROVED = "reply_approved", _("reply approved")
        REPLY_REJECTED = "reply_rejected", _("reply rejected")
        REPLY_STOPPED = "reply_stopped", _("reply stopped")
        REPLY_FAILED = "reply_failed", _("reply not sent")
        REPLY_EDITED = "reply_edited", _("reply edited")
        REPLY_DELETED = "reply_deleted", _("reply deleted")

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    actor = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField(default=timezone.now)
    data = models.JSONField(default=dict, blank=True, help_text="before, after and why")

    class Meta:
        indexes = [models.Index(fields=["ticket", "at"], name="event_timeline")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.at:%Y-%m-%d %H:%M}"


class HandOver(models.Model):
    """A move between departments; whoever made it keeps this receipt, not the content."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="hand_overs")
    from_department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, related_name="+"
    )
    to_department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, related_name="+"
    )
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="hand_overs")
    reason = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"#{self.ticket_id} → {self.to_department}"
