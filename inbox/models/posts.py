"""What was said, and each earlier wording of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from inbox.models.channels import Channel, Contact
from inbox.models.search import ConfigurationField, vector_index, vector_of


class PostQuerySet(models.QuerySet["Post"]):
    def told(self) -> PostQuerySet:
        """Posts whose content we have, in the order they were written."""
        return self.filter(is_stub=False).order_by("posted_at", "id")


class Post(models.Model):
    """One message on a network, theirs or ours."""

    class Kind(models.TextChoices):
        POST = "post", _("Post")
        COMMENT = "comment", _("Comment")
        MENTION = "mention", _("Mention")
        DIRECT_MESSAGE = "direct_message", _("Direct message")
        REVIEW = "review", _("Review")

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="posts")
    external_id = models.CharField(max_length=300)
    ticket = models.ForeignKey(
        "inbox.Ticket", on_delete=models.PROTECT, null=True, related_name="posts", db_index=False
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, related_name="posts", db_index=False
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="replies", db_index=False
    )
    parent_external_id = models.CharField(max_length=300, blank=True, default="")
    conversation = models.CharField(
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text="of direct messages: with whom, or in which group, as the network names it",
    )
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.POST)
    text = models.TextField(blank=True, default="")
    language = models.CharField(max_length=8, blank=True, default="")
    search_config = ConfigurationField()
    is_own = models.BooleanField(default=False, help_text="written by the page itself")
    is_private = models.BooleanField(default=False)
    is_from_here = models.BooleanField(
        default=False,
        db_default=False,
        help_text="the page's own, and sent from here rather than on the network",
    )
    sent_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    is_stub = models.BooleanField(
        default=False, help_text="only a deletion or a count has come so far, no content"
    )
    url = models.CharField(max_length=1000, blank=True, default="")
    attachments = models.JSONField(default=list, blank=True)
    details = models.JSONField(
        default=dict, blank=True, help_text="what the connector wants back to answer it"
    )
    counts = models.JSONField(default=dict, blank=True, help_text="reactions by name")
    counts_at = models.DateTimeField(null=True)
    rating = models.PositiveSmallIntegerField(null=True, help_text="stars of a review, 1 to 5")
    posted_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    words_removed_at = models.DateTimeField(
        null=True, help_text="when the text was removed because it may be kept no longer"
    )
    hidden_at = models.DateTimeField(
        null=True, help_text="last taken out of the public's sight on the network"
    )
    shown_at = models.DateTimeField(null=True, help_text="last brought back into it")
    received_at = models.DateTimeField(default=timezone.now)
    search = vector_of("text", config=F("search_config"))

    objects: ClassVar[models.Manager[Post]] = PostQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="post_once_a_channel")
        ]
        indexes = [
            models.Index(fields=["ticket", "posted_at"], name="post_thread"),
            models.Index(fields=["contact", "-posted_at"], name="post_contact"),
            models.Index(fields=["parent"], name="post_parent", condition=Q(parent__isnull=False)),
            models.Index(
                fields=["channel", "parent_external_id"],
                name="post_orphans",
                condition=Q(parent=None) & ~Q(parent_external_id=""),
            ),
            models.Index(
                fields=["-posted_at", "-id"],
                name="post_newest",
                condition=Q(ticket__isnull=False, is_stub=False),
            ),
            # The ledger counts posts by when they came.
            models.Index(fields=["received_at"], name="post_arrived"),
            models.Index(
                fields=["channel", "conversation", "-posted_at"],
                name="post_conversation",
                condition=~Q(conversation=""),
            ),
            models.Index(
                fields=["channel", "deleted_at"],
                name="post_to_forget",
                condition=Q(
                    is_private=True, deleted_at__isnull=False, words_removed_at__isnull=True
                ),
            ),
            vector_index("post_search"),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}/{self.external_id}"

    @property
    def is_native(self) -> bool:
        """Whether the page's staff wrote it on the network itself."""
        return self.is_own and not self.is_from_here

    @property
    def is_hidden(self) -> bool:
        """Whether the public does not see it on the network; the last word counts."""
        if self.hidden_at is None:
            return False
        return self.shown_at is None or self.shown_at < self.hidden_at


class PostVersion(models.Model):
    """An earlier wording of an edited post."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="versions")
    text = models.TextField(blank=True)
    written_at = models.DateTimeField(help_text="when this wording appeared on the network")
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["written_at", "id"]
        constraints = [
            models.UniqueConstraint(
                "post", "written_at", models.functions.MD5("text"), name="post_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.post_id} until {self.replaced_at:%Y-%m-%d %H:%M}"
