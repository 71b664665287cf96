"""Reads settings from the environment and says in one sentence what is wrong with them."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


class Environment:
    """Typed access to environment variables; every fault is an `ImproperlyConfigured` sentence."""

    def text(self, name: str, *, default: str) -> str:
        return os.environ.get(name, default)

    def flag(self, name: str, *, default: bool) -> bool:
        return os.environ.get(name, str(default)).strip().lower() in {"1", "true", "yes", "on"}

    def number(self, name: str, *, default: int) -> int:
        value = os.environ.get(name, str(default))
        try:
            return int(value)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None

    def list(self, name: str, *, default: list[str]) -> list[str]:
        value = os.environ.get(name)
        return default if value is None else [part.strip() for part in value.split(",") if part.strip()]

    def secret_key(self, *, debug: bool) -> str:
        key = os.environ.get("SECRET_KEY", "")
        if key:
            return key
        if debug or "PYTEST_VERSION" in os.environ:
            return "insecure-development-key"
        raise ImproperlyConfigured("SECRET_KEY is missing: set it to a long random text.")

    def database(self, *, var_dir: Path) -> dict[str, Any]:
        url = urlsplit(os.environ["DATABASE_URL"])
        name = url.path.lstrip("/")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": unquote(url.hostname or ""),
            "PORT": url.port or "",
            "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}} if False else {},
            "TEST": {"NAME": os.environ.get("CROSSDESK_TEST_DB", f"test_{name}")},
        }
