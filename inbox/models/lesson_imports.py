"""History with a department column, brought to teach the router."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class LessonImport(models.Model):
    """One file of answered posts: looked at, rehearsed, learned."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        CHECKED = "checked", _("Checked")
        DONE = "done", _("Learned")
        FAILED = "failed", _("Failed")

    file = models.FileField(upload_to="lessons/%Y/%m/", max_length=300)
    name = models.CharField(_("file name"), max_length=200)
    layout = models.JSONField(default=dict, blank=True)
    mapping = models.JSONField(default=dict, blank=True, help_text="text and department: column")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    is_dry_run = models.BooleanField(default=True)
    report = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True, default="")
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name
