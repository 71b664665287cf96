"""Pictures of posts, made small and kept for a while."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from inbox.models.posts import Post


class Preview(models.Model):
    """One attachment's picture: waited for, here, or not to be had."""

    class State(models.TextChoices):
        WAITING = "waiting"
        FETCHING = "fetching"
        READY = "ready"
        FAILED = "failed"

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="previews")
    number = models.PositiveSmallIntegerField(help_text="which attachment of the post, from 0")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the address it came from")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    fault = models.CharField(max_length=20, blank=True, default="")
    file = models.CharField(max_length=200, blank=True, default="")
    size = models.PositiveIntegerField(default=0, help_text="bytes")
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(
        null=True, help_text="when it goes, is asked for again, or its worker is given up"
    )

    objects: ClassVar[models.Manager[Preview]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "number"], name="preview_once_an_attachment")
        ]
        indexes = [models.Index(fields=["state", "until"], name="preview_until")]

    def __str__(self) -> str:
        return f"{self.post_id}/{self.number} {self.state}"
