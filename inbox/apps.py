"""The inbox room: channels, posts, tickets, queues, the shared workspace."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# When this process began: Django imports this module as the application is set up.
BEGAN_AT = timezone.now()


class InboxConfig(AppConfig):
    name = "inbox"
    verbose_name = _("Inbox")

    def ready(self) -> None:
        from inbox.schedules import ensure_schedules  # noqa: PLC0415 - models exist from here on

        post_migrate.connect(ensure_schedules, sender=self)
