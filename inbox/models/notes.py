"""Notes on a ticket, and the colleagues they name."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from inbox.models.search import ConfigurationField, vector_index, vector_of
from inbox.models.tickets import Ticket


class Note(models.Model):
    """An internal remark; it never leaves the house."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="notes")
    text = models.TextField(max_length=20_000)
    at = models.DateTimeField(default=timezone.now)
    search_config = ConfigurationField()
    search = vector_of("text", config=models.F("search_config"))
    # Handles in the text that reached nobody; told to the author once, by `add_note`.
    unreached: Sequence[str] = ()

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="note_newest"),
            vector_index("note_search"),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.at:%Y-%m-%d %H:%M}"


class Mention(models.Model):
    """A colleague named in a note."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mentions")
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "user"], name="mention_once_a_note")]
        indexes = [
            models.Index(fields=["user"], name="mention_unread", condition=Q(read_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.note}"
