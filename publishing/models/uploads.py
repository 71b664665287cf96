"""Pictures that go out with a reply."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inbox.connectors.types import Upload
from publishing.models.replies import Reply


class ReplyUpload(models.Model):
    """A picture, freed of what it tells aside, with the words for those who do not see it.

    Kept in the database: it commits and goes with its reply, and whichever host sends has it.
    """

    LONGEST_ALT = 1_500

    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, related_name="uploads")
    content = models.BinaryField()
    content_type = models.CharField(max_length=40)
    name = models.CharField(max_length=120, blank=True)
    alt = models.CharField(_("description"), max_length=LONGEST_ALT, blank=True, default="")
    size = models.PositiveIntegerField(help_text="in bytes")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name or f"picture {self.pk}"

    def as_upload(self) -> Upload:
        """As connectors take it."""
        return Upload(bytes(self.content), self.content_type, alt=self.alt, name=self.name)
