"""Who may sign in to the demo, for printing; the words are in a file only this machine has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from inbox.demo.content import load

SHOWN_ROLES = ("admin", "lead", "observer")


def email_of(handle: str) -> str:
    """The sign-in of a demo person."""
    return f"{handle}@{load().brand['domain']}"


def signin_file() -> Path:
    """Where the demo's password is kept; it lies in the data folder, outside the repository."""
    return Path(settings.VAR_DIR) / "demo-signin.txt"


def password() -> str:
    """The one password of the demo; empty before the demo is seeded."""
    path = signin_file()
    if not path.exists():
        return ""
    return path.read_text(encoding="utf-8").splitlines()[0].removeprefix("Password: ").strip()


def sign_ins(*, everyone: bool = False) -> list[tuple[str, str, str]]:
    """(who, e-mail address, password) of the admin, a person a department and the observer, or all."""
    word = password()
    return [
        (_title(person), email_of(person["handle"]), word)
        for person in load().staff
        if everyone or person["role"] in SHOWN_ROLES
    ]


def _title(person: Mapping[str, Any]) -> str:
    department = person.get("department", "whole organisation")
    place = {"pr": "PR", "hr": "HR"}.get(department, department.replace("_", " "))
    return f"{person['name']}, {person['role']}, {place}"
