"""Makes somebody an admin: `python manage.py create_admin EMAIL [--name NAME]`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts import services


class Command(BaseCommand):
    help = "Make EMAIL an admin (with a new account if there is none) and print a new password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--name", default="", help="how the person is called")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        try:
            validate_email(options["email"])
        except ValidationError as error:
            raise CommandError(f"{options['email']} is not an e-mail address.") from error
        user, password = services.create_admin(email=options["email"], name=options["name"])
        self.stdout.write(f"{user.email} is an admin. Password: {password}")
        self.stdout.write("Change it after the first sign-in: Your profile → Change password.")
