"""List the router's models, put one in charge, keep it there, or go back."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from routing import services
from routing.classifier import ModelError
from routing.models import RouterModel


class Command(BaseCommand):
    help = "List the router's models, put one in charge, keep it there, or go back."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--list", action="store_true", help="the newest models (the default)")
        what.add_argument("--promote", metavar="VERSION", help="put this model in charge")
        what.add_argument("--pin", metavar="VERSION", help="keep the model in charge there")
        what.add_argument("--unpin", metavar="VERSION", help="let trainings replace it again")
        what.add_argument("--rollback", action="store_true", help="go back to the model before")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        try:
            self._change(options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except ModelError as error:
            raise CommandError(str(error)) from None
        models = [_told(model) for model in RouterModel.objects.all()[:20]]
        if options["json"]:
            self.stdout.write(json.dumps(models, indent=2))
            return
        for model in models:
            marks = " ".join(name for name in ("in_charge", "pinned") if model[name])
            self.stdout.write(
                f"{model['version']}  macro-F1 {model['macro_f1']:.3f}  "
                f"{model['lessons']} lessons  {marks}".rstrip()
            )

    @staticmethod
    def _change(options: dict[str, Any]) -> None:
        if options["promote"]:
            services.activate_model(model=_model(options["promote"]))
        elif options["pin"] or options["unpin"]:
            model = _model(options["pin"] or options["unpin"])
            services.pin_model(model=model, is_pinned=bool(options["pin"]))
        elif options["rollback"]:
            services.roll_back()


def _model(version: str) -> RouterModel:
    model = RouterModel.objects.filter(version=version).first()
    if model is None:
        raise CommandError(f"There is no model {version}.")
    return model


def _told(model: RouterModel) -> dict[str, Any]:
    return {
        "version": model.version,
        "in_charge": model.is_active,
        "pinned": model.is_pinned,
        "trained_at": model.trained_at.isoformat(),
        "macro_f1": model.metrics.get("macro_f1", 0.0),
        "lessons": model.metrics.get("n_lessons", 0),
    }
