"""How posts came in: file imports, what could not be parsed, and how fast it comes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from inbox.models.channels import Channel


class Import(models.Model):
    """One file being taken in; `position` makes it resumable."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="imports")
    file = models.FileField(upload_to="imports/%Y/%m/", max_length=300)
    name = models.CharField(_("file name"), max_length=200)
    digest = models.CharField(
        max_length=64, blank=True, default="", help_text="SHA-256 of the file"
    )
    layout = models.JSONField(
        default=dict, blank=True, help_text="format, encoding, delimiter, columns, time zone"
    )
    mapping = models.JSONField(default=dict, blank=True, help_text="our field: their column")
    is_dry_run = models.BooleanField(_("dry run"), default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    position = models.PositiveBigIntegerField(default=0, help_text="rows already dealt with")
    total = models.PositiveBigIntegerField(null=True, help_text="rows in the file")
    report = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True, default="")
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} → {self.channel}"


class QuarantineQuerySet(models.QuerySet["QuarantinedPayload"]):
    def waiting(self) -> QuarantineQuerySet:
        return self.filter(state=QuarantinedPayload.State.WAITING)


class QuarantinedPayload(models.Model):
    """What came in and could not be parsed, kept whole until someone deals with it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        REPLAYED = "replayed", _("Taken in")
        DISCARDED = "discarded", _("Discarded")

    class Source(models.TextChoices):
        WEBHOOK = "webhook", _("Webhook")
        FEED = "feed", _("Feed")
        IMPORT = "import", _("File import")
        NETWORK = "network", _("Network")

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="quarantine")
    source = models.CharField(max_length=10, choices=Source.choices)
    from_import = models.ForeignKey(
        Import, on_delete=models.CASCADE, null=True, related_name="quarantine"
    )
    line = models.PositiveBigIntegerField(null=True, help_text="line of the imported file, from 1")
    raw = models.BinaryField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of raw")
    field = models.CharField(
        max_length=200, blank=True, default="", help_text="path of the culprit"
    )
    reason = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    received_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    objects: ClassVar[models.Manager[QuarantinedPayload]] = QuarantineQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "digest"],
                condition=Q(state="waiting"),
                name="quarantine_once_while_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.reason[:60]}"


class DeliveryWindow(models.Model):
    """Posts a channel delivered in one minute, shared by all web processes."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+", db_index=False)
    minute = models.PositiveBigIntegerField(help_text="minutes since 1970")
    posts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "minute"], name="delivery_window_once")
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.minute}: {self.posts}"


class WaitingDelivery(models.Model):
    """A signed delivery that was answered before it was taken in, because too many came at once."""

    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, related_name="waiting_deliveries", db_index=False
    )
    headers = models.JSONField(default=dict, help_text="what a network says beside the body")
    body = models.BinaryField()
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["channel", "id"], name="waiting_delivery_in_order")]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.received_at:%H:%M:%S}"
