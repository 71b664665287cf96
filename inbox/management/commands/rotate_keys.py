"""Write every stored secret anew under the newest key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inbox.services.keys import rotate_keys


class Command(BaseCommand):
    help = "Encrypt all channel secrets with the newest SECRET_KEY and SALT_KEY."

    def handle(self, **options: Any) -> None:  # noqa: ARG002
        rotated = rotate_keys()
        self.stdout.write(f"{rotated.channels} channels written anew.")
        if rotated.unreadable:
            names = ", ".join(rotated.unreadable)
            raise CommandError(
                f"No key opens the secrets of {names}: add the key they were stored with to "
                "SECRET_KEY_FALLBACKS or SALT_KEY and repeat, or connect these channels again."
            )
