"""The accounts room: people, departments, memberships, API tokens."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        # Registers itself with drf-spectacular.
        from accounts import schema  # noqa: F401, PLC0415
