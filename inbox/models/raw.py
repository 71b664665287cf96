"""What came from the networks, word for word, for a while."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from inbox.models.channels import Channel


class RawPayload(models.Model):
    """What one intake was told, compressed. Rows are only ever added, and removed when old."""

    class How(models.TextChoices):
        DELIVERY = "delivery"  # bodies, or parts of them, that the connector reads by themselves
        FEED = "feed"
        FETCH = "fetch"
        THREAD = "thread"
        READ = "read"

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+", db_index=False)
    received_at = models.DateTimeField()
    how = models.CharField(max_length=10, choices=How.choices)
    about = models.JSONField(
        default=dict, help_text="what was asked: cursor, conversation, references, content type"
    )
    body = models.BinaryField(help_text="zlib; parts with their lengths before them")
    private = ArrayField(
        models.CharField(max_length=300),
        default=list,
        help_text="external ids of private posts in it, which go when their words go",
    )

    objects: ClassVar[models.Manager[RawPayload]] = models.Manager()

    class Meta:
        indexes = [
            models.Index(fields=["channel", "received_at"], name="raw_by_channel"),
            GinIndex(fields=["private"], name="raw_private", condition=~Q(private=[])),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.how} {self.received_at:%Y-%m-%d %H:%M}"
