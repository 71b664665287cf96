"""Outgoing text, from the first typed word to the network's own id for it."""

from __future__ import annotations

import uuid
from typing import ClassVar

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, User
from inbox.models import Channel, Post, Ticket

LONGEST_TEXT = 50_000


class ReplyQuerySet(models.QuerySet["Reply"]):
    """Speaks the domain. A reply is seen by whoever sees its ticket."""

    def visible_to(self, user: User | AnonymousUser) -> ReplyQuerySet:
        """Replies of tickets `user` may read; a draft is its author's alone."""
        mine = Q(author=user.pk) if user.pk else Q(pk__in=())
        seen = self.filter(ticket__in=Ticket.objects.visible_to(user))
        return seen.filter(~Q(state=Reply.State.DRAFT) | mine)

    def of(self, ticket: Ticket) -> ReplyQuerySet:
        """Replies of `ticket` and of those that were merged into it."""
        return self.filter(Q(ticket=ticket.pk) | Q(ticket__merged_into=ticket.pk))

    def in_flight(self) -> ReplyQuerySet:
        """Replies that may reach the network without anybody doing more."""
        return self.filter(state__in=Reply.IN_FLIGHT)

    def due(self) -> ReplyQuerySet:
        """Replies a worker has to do something for now, the longest waiting first."""
        return self.filter(next_attempt_at__lte=timezone.now()).order_by("next_attempt_at")

    def needing_attention(self) -> ReplyQuerySet:
        """Replies that wait for a person's decision."""
        return self.filter(state__in=Reply.NEED_ATTENTION)


class Reply(models.Model):
    """One answer to one post. `services.advance` alone changes its state."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("Waiting for approval")
        APPROVED = "approved", _("Leaving")
        SCHEDULED = "scheduled", _("Scheduled")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Not sent")
        UNCERTAIN = "uncertain", _("Perhaps sent")
        REJECTED = "rejected", _("Rejected")
        CANCELLED = "cancelled", _("Discarded")

    class Fault(models.TextChoices):
        """Why it did not go as wanted."""

        CONFLICT = "conflict", _("Something changed meanwhile")
        EXPIRED = "expired", _("The channel must be connected again")
        TOO_LONG = "too_long", _("Too long")
        LIMITED = "limited", _("The network wants us to wait")
        BLOCKED = "blocked", _("They do not want to hear from us")
        GONE = "gone", _("What is answered does not exist any more")
        FORBIDDEN = "forbidden", _("A right is missing")
        REFUSED = "refused", _("The network refused")
        UNSUPPORTED = "unsupported", _("Not possible on this channel")
        UNREACHABLE = "unreachable", _("The network cannot be reached")
        UNCERTAIN = "uncertain", _("Nobody knows whether it arrived")
        VOID = "void", _("The approval no longer holds")

    class Afterwards(models.TextChoices):
        """What becomes of the ticket once the reply is out."""

        USUAL = "", _("As usual")
        PENDING = "pending", _("Wait for an answer")
        RESOLVED = "resolved", _("Resolve")
        OPEN = "open", _("Leave it open")

    IN_FLIGHT = (State.APPROVED, State.SCHEDULED, State.SENDING, State.UNCERTAIN)
    NEED_ATTENTION = (State.FAILED, State.UNCERTAIN)
    TAKES_BACK = (State.IN_REVIEW, State.APPROVED, State.SCHEDULED, State.REJECTED, State.FAILED)

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="replies")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="replies")
    in_reply_to = models.ForeignKey(
        Post, on_delete=models.SET_NULL, null=True, related_name="answers"
    )
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="replies")
    text = models.TextField(blank=True, default="")
    is_private = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    afterwards = models.CharField(
        max_length=10, choices=Afterwards.choices, blank=True, default=Afterwards.USUAL
    )
    idempotency_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, help_text="rises with each saved wording")

    seen_post = models.ForeignKey(
        Post,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        help_text="the newest post of the thread that its author had seen",
    )
    seen_department = models.ForeignKey(
        Department, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    acknowledged = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text="changes its author saw and wants to send in spite of",
    )

    leaves_at = models.DateTimeField(null=True, help_text="may be undone until then")
    next_attempt_at = models.DateTimeField(
        null=True, help_text="when a worker has to look at it next; empty: never"
    )
    claimed_at = models.DateTimeField(null=True, help_text="when the last attempt began")
    attempts = models.PositiveIntegerField(default=0)
    looks = models.PositiveIntegerField(
        default=0, help_text="times the network was searched for it since the last attempt"
    )
    looking_until = models.DateTimeField(
        null=True, help_text="a worker searches the network for it, at most until then"
    )
    error_code = models.CharField(max_length=12, choices=Fault.choices, blank=True, default="")
    error = models.TextField(blank=True, default="", help_text="a sentence for a person")

    external_id = models.CharField(max_length=300, blank=True, default="")
    url = models.CharField(max_length=1000, blank=True, default="")
    details = models.JSONField(default=dict, blank=True)
    published_at = models.DateTimeField(null=True)
    post = models.OneToOneField(Post, on_delete=models.SET_NULL, null=True, related_name="reply")
    settled_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        help_text="who said that it had arrived, when the network could not",
    )

    reviewed_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    reviewed_at = models.DateTimeField(null=True)
    reviewed_version = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager[Reply]] = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "replies"
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "author"],
                condition=Q(state="draft"),
                name="reply_one_draft_each",
            ),
            models.UniqueConstraint(
                fields=["channel", "external_id"],
                condition=~Q(external_id=""),
                name="reply_once_a_network",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | ~Q(external_id="") | Q(settled_by__isnull=False),
                name="reply_sent_is_known",
            ),
            models.CheckConstraint(
                condition=Q(external_id="") | Q(state__in=["sending", "uncertain", "sent"]),
                name="reply_published_goes_nowhere_else",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "scheduled", "sending"])
                | Q(next_attempt_at__isnull=False),
                name="reply_in_flight_is_looked_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(claimed_at__isnull=False),
                name="reply_sending_was_claimed",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | Q(author=None) | ~Q(reviewed_by=F("author")),
                name="reply_approved_by_another",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="reply_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index(
                fields=["-updated_at", "-id"],
                name="reply_needs_attention",
                condition=Q(state__in=["failed", "uncertain"]),
            ),
            models.Index(
                fields=["-updated_at", "-id"],
                name="reply_in_review",
                condition=Q(state="in_review"),
            ),
        ]

    def __str__(self) -> str:
        return f"reply {self.pk} on #{self.ticket_id}"

    @property
    def is_undoable(self) -> bool:
        """Whether it can be taken back: nothing of it has left the house."""
        return self.state in {self.State.APPROVED, self.State.SCHEDULED, self.State.IN_REVIEW}


# A draft is saved as it is typed; the trail holds what was decided about it, and its words then.
pghistory.track(
    pghistory.UpdateEvent(
        condition=pghistory.AnyChange("state", "reviewed_by", "acknowledged", "settled_by")
    ),
    pghistory.DeleteEvent(),
)(Reply)


class ReplyVersion(models.Model):
    """An earlier wording of a reply that was edited after it was published."""

    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, related_name="versions")
    text = models.TextField(blank=True)
    replaced_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["replaced_at", "id"]

    def __str__(self) -> str:
        return f"{self.reply_id} until {self.replaced_at:%Y-%m-%d %H:%M}"


class ReplyChangeQuerySet(models.QuerySet["ReplyChange"]):
    def due(self) -> ReplyChangeQuerySet:
        """Changes a worker has to make now, the longest waiting first."""
        return self.filter(next_attempt_at__lte=timezone.now()).order_by("next_attempt_at")


class ReplyChange(models.Model):
    """An edit or deletion of a published reply, on its way to the network."""

    class Kind(models.TextChoices):
        EDIT = "edit", _("Edit")
        DELETE = "delete", _("Delete")

    class State(models.TextChoices):
        WAITING = "waiting", _("On its way")
        DONE = "done", _("Done")
        FAILED = "failed", _("Not done")
        CANCELLED = "cancelled", _("Taken back")

    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(blank=True, default="")
    by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    leaves_at = models.DateTimeField(help_text="may be undone until then")
    next_attempt_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    error_code = models.CharField(
        max_length=12, choices=Reply.Fault.choices, blank=True, default=""
    )
    error = models.TextField(blank=True, default="", help_text="a sentence for a person")
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[ReplyChange]] = ReplyChangeQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["reply"], condition=Q(state="waiting"), name="reply_one_change_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(next_attempt_at__isnull=False),
                name="reply_change_is_looked_at",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="reply_change_due",
                condition=Q(next_attempt_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.reply_id}"


pghistory.track(
    pghistory.InsertEvent(), pghistory.UpdateEvent(condition=pghistory.AnyChange("state"))
)(ReplyChange)
