"""What the demo organisation answers with: macros and signatures."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.models import Department
from publishing.models import Macro, Signing
from publishing.services.macros import save_macro
from publishing.services.signatures import set_signing

CONTENT = Path(__file__).resolve().parent.parent / "demo" / "macros.toml"


@transaction.atomic
def furnish_demo() -> None:
    """Write the demo's macros that are missing, and sign where nobody has chosen yet."""
    departments = {d.slug: d for d in Department.objects.all()}
    for wanted in _content()["macros"]:
        department = departments.get(wanted.get("department", ""))
        _write(wanted, department)
    for wanted in _content()["signings"]:
        department = departments[wanted["department"]]
        if not Signing.objects.filter(department=department).exists():
            set_signing(department=department, style=wanted["style"], by=None)


def _write(wanted: dict[str, Any], department: Department | None) -> None:
    if Macro.objects.filter(department=department, name=wanted["name"]).exists():
        return
    macro = save_macro(
        name=wanted["name"],
        text=wanted["text"],
        department=department,
        shortcut=wanted["shortcut"],
        topic=wanted.get("topic", ""),
        tags=wanted.get("tags", ()),
        by=None,
    )
    # A fortnight of work lies behind the demo.
    Macro.objects.filter(pk=macro.pk).update(uses=wanted["uses"])


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(CONTENT.read_text(encoding="utf-8"))
