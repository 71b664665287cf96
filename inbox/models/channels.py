"""Connected pages and feeds, and the people who write on them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedTextField

from inbox.models.search import vector_index, vector_of


class ChannelQuerySet(models.QuerySet["Channel"]):
    def active(self) -> ChannelQuerySet:
        return self.filter(is_active=True)

    def due(self, connectors: Collection[str]) -> ChannelQuerySet:
        """Active channels of `connectors` whose next look is due."""
        now = timezone.now()
        return (
            self.active()
            .filter(connector__in=connectors)
            .filter(Q(state=None) | Q(state__next_poll_at=None) | Q(state__next_poll_at__lte=now))
        )


@pghistory.track(exclude=["secret", "previous_secret", "credentials"])
class Channel(models.Model):
    """One connected brand page or feed."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    network = models.SlugField(
        _("network"), max_length=30, help_text=_("Where the page is: facebook, x, forum …")
    )
    connector = models.SlugField(
        _("connector"), max_length=30, help_text=_("How its posts come in: webhook, feed, import.")
    )
    page_name = models.CharField(_("page name"), max_length=120, blank=True)
    own_ids = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("the page's own ids and handles"),
        default=list,
        blank=True,
        help_text=_("Posts by these authors are the page's own."),
    )
    url = models.URLField(_("address"), max_length=500, blank=True)
    # The encrypted field stores an empty secret as NULL.
    secret = EncryptedTextField(blank=True, null=True, default="", editable=False)
    previous_secret = EncryptedTextField(blank=True, null=True, default="", editable=False)
    previous_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    settings = models.JSONField(
        default=dict, blank=True, help_text="how the connector asks the network; no secrets"
    )
    # The connector's secrets as JSON.
    credentials = EncryptedTextField(blank=True, null=True, default="", editable=False)
    reopen_within = models.DurationField(
        _("re-open within"),
        default=timedelta(days=14),
        help_text=_("A reply to a ticket resolved longer ago opens a new, linked one."),
    )
    retention_days = models.PositiveIntegerField(
        _("keep words for (days)"),
        null=True,
        blank=True,
        help_text=_("Afterwards what people wrote is removed, and only the counts stay."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager[Channel]] = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ChannelState(models.Model):
    """Where taking in stands: apart from Channel, so that each poll is not a change of settings."""

    class Breaker(models.TextChoices):
        """Whether the network is asked: as ever, not for now, or once to see."""

        CLOSED = "closed", _("Asked as ever")
        OPEN = "open", _("Left alone for now")
        HALF_OPEN = "half_open", _("To be tried once")

    BREAKS_AFTER: ClassVar[int] = 5  # failures in a row
    # A process that was killed says no more; until then its streams seem to be open.
    SEEMS_OPEN: ClassVar[timedelta] = timedelta(minutes=3)

    channel = models.OneToOneField(
        Channel, on_delete=models.CASCADE, related_name="state", primary_key=True
    )
    cursor = models.JSONField(
        default=dict, help_text="ETag, Last-Modified or the network's own cursor"
    )
    last_polled_at = models.DateTimeField(null=True)
    next_poll_at = models.DateTimeField(null=True)
    turn_until = models.DateTimeField(
        null=True, help_text="a worker's turn to ask, as long as `next_poll_at` is the same"
    )
    last_received_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    credentials_expire_at = models.DateTimeField(null=True)
    reconciled_at = models.DateTimeField(null=True, help_text="when conversations were read again")
    words_kept_from = models.DateTimeField(
        null=True, help_text="posts that came before have lost their words"
    )
    gaps = models.PositiveIntegerField(
        default=0, help_text="posts found by reading again, that should have come before"
    )
    last_gap_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, default="")
    stream_alive_at = models.DateTimeField(null=True, help_text="when its stream was seen open")
    stream_watched_at = models.DateTimeField(
        null=True, help_text="when a process last held or tried to open its stream"
    )
    stream_opened_at = models.DateTimeField(null=True)
    stream_told_at = models.DateTimeField(null=True, help_text="when its stream last told of news")
    stream_error = models.TextField(blank=True, default="", db_default="")
    active_since = models.DateTimeField(null=True, help_text="when it was last switched on")

    def __str__(self) -> str:
        return f"{self.channel} {self.last_polled_at}"

    @property
    def is_taken(self) -> bool:
        """Whether a worker has its turn now, however little of it is left."""
        return self.turn_until is not None and self.turn_until == self.next_poll_at

    @property
    def is_streaming(self) -> bool:
        """Whether the network tells us at once of what is new."""
        seen = self.stream_alive_at
        return seen is not None and seen > timezone.now() - self.SEEMS_OPEN

    @property
    def breaker(self) -> Breaker:
        """A network that failed often is left alone, then tried with one question at a time."""
        if self.failures < self.BREAKS_AFTER:
            return self.Breaker.CLOSED
        is_due = self.next_poll_at is None or self.next_poll_at <= timezone.now()
        return self.Breaker.HALF_OPEN if is_due else self.Breaker.OPEN


class ChannelQuota(models.Model):
    """How much of what a network allows a channel has used, shared by all workers."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="quotas")
    name = models.CharField(max_length=60)
    limit = models.PositiveIntegerField()
    remaining = models.PositiveIntegerField()
    resets_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "name"], name="channel_quota_once")
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.name}: {self.remaining} of {self.limit}"


class Contact(models.Model):
    """A person or page on one network."""

    network = models.CharField(max_length=30)
    external_id = models.CharField(max_length=200)
    handle = models.CharField(max_length=200, blank=True, default="")
    name = models.CharField(max_length=200, blank=True, default="")
    url = models.URLField(max_length=500, blank=True, default="")
    followers = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    search = vector_of("name", "handle", config="simple")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "external_id"], name="contact_once_a_network"
            )
        ]
        indexes = [
            vector_index("contact_search"),
            models.Index(models.functions.Lower("handle"), name="contact_handle"),
        ]

    def __str__(self) -> str:
        return self.name or self.handle or str(_("Unknown"))

    @property
    def initials(self) -> str:
        """At most two letters that stand for the contact in a list."""
        words = [w for w in str(self).replace("@", " ").replace("_", " ").split() if w[0].isalnum()]
        return "".join(w[0] for w in (words[:1] + words[1:][-1:])).upper() or "?"
