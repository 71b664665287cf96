"""The inbox room: channels, posts, tickets, queues, the shared workspace."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class InboxConfig(AppConfig):
    name = "inbox"
    verbose_name = _("Inbox")

    def ready(self) -> None:
        from inbox.queries import workers  # noqa: F401, PLC0415 - it knows from here on when we began
        from inbox.schedules import ensure_schedules  # noqa: PLC0415 - models exist from here on

        post_migrate.connect(ensure_schedules, sender=self)
