"""Make the sentence encoder's files, unless they are there and right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from routing.encoder import Encoder, EncoderError


class Command(BaseCommand):
    help = "Make the sentence encoder from the published weights (seconds; once)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="Make it anew.")
        parser.add_argument(
            "--if-possible", action="store_true", help="Go on without, where it cannot be made."
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        # onnx takes a second to import and is needed here alone.
        from routing import encoder_build  # noqa: PLC0415

        if str(settings.ROUTING_ENCODER) == "none":
            self.stdout.write("ROUTING_ENCODER is none: words alone decide.")
            return
        folder = Path(settings.ROUTING_ENCODER)
        ours = Path(settings.VAR_DIR) / "encoder"
        try:
            if folder != ours:
                Encoder.load(folder)
                self.stdout.write(f"The encoder in {folder} is used as it is.")
            elif options["force"] or not encoder_build.is_built(folder):
                encoder_build.build(folder)
                self.stdout.write("The encoder was built and gives the reference vectors.")
            else:
                self.stdout.write("The encoder is there.")
        except EncoderError as error:
            if not options["if_possible"]:
                raise CommandError(str(error)) from error
            self.stderr.write(f"Words alone decide, less surely: {error}")
