"""The publishing room: drafts, approvals, the undo window, sending."""

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from inbox.demo.furnishing import bring, bring_last
from inbox.drafts import ask

AFTER_REPLY = ("pending", "resolved", "open")


class PublishingConfig(AppConfig):
    name = "publishing"
    verbose_name = _("Publishing")

    def ready(self) -> None:
        # Models exist from here on.
        from publishing.queries.drafts import drafted_tickets  # noqa: PLC0415
        from publishing.schedules import ensure_schedules  # noqa: PLC0415
        from publishing.services.demo import furnish_demo  # noqa: PLC0415
        from publishing.services.demo_stuck import let_replies_fail  # noqa: PLC0415

        bring(furnish_demo)
        bring_last(let_replies_fail)
        ask(drafted_tickets)
        post_migrate.connect(ensure_schedules, sender=self)
        if settings.AFTER_REPLY not in AFTER_REPLY:
            told = f"AFTER_REPLY must be {', '.join(AFTER_REPLY)}, not {settings.AFTER_REPLY!r}."
            raise ImproperlyConfigured(told)
