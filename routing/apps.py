"""The routing room: rules, classifier, decisions, lessons."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RoutingConfig(AppConfig):
    name = "routing"
    verbose_name = _("Routing")

    def ready(self) -> None:
        from routing.schedules import ensure_schedules  # noqa: PLC0415 - models exist from here on

        post_migrate.connect(ensure_schedules, sender=self)
