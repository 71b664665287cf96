"""Reads settings from the environment and says in one sentence what is wrong with them."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv
from psycopg.conninfo import conninfo_to_dict

from config import embedded

WORDS = {"1": True, "true": True, "yes": True, "on": True}
WORDS |= {"0": False, "false": False, "no": False, "off": False, "": False}
LAST_PORT = 65_535


class Environment:
    """Typed access to environment variables; every fault is an `ImproperlyConfigured` sentence.

    A `.env` file in the checkout fills in what the environment itself does not say.
    """

    def __init__(self, dotenv: Path) -> None:
        load_dotenv(dotenv, override=False)

    def text(self, name: str, *, default: str) -> str:
        return os.environ.get(name) or default

    def folder(self, name: str, *, default: Path) -> Path:
        """A folder; a relative one begins beside the default, from wherever one asks."""
        return default.parent / Path(self.text(name, default=str(default))).expanduser()

    def flag(self, name: str, *, default: bool) -> bool:
        value = os.environ.get(name)
        if value is None:
            return default
        try:
            return WORDS[value.strip().lower()]
        except KeyError:
            raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.") from None

    def number(self, name: str, *, default: int, least: int = 0) -> int:
        value = os.environ.get(name) or str(default)
        try:
            number = int(value)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None
        if number < least:
            raise ImproperlyConfigured(f"{name} must be at least {least}, not {number}.")
        return number

    def list(self, name: str, *, default: list[str]) -> list[str]:
        value = os.environ.get(name)
        if value is None:
            return default
        return [part.strip() for part in value.split(",") if part.strip()]

    def secret_key(self, *, is_production: bool, var_dir: Path) -> str:
        """SECRET_KEY; outside production one is invented once and kept in `var_dir`."""
        if key := os.environ.get("SECRET_KEY", ""):
            return key
        if is_production:
            raise ImproperlyConfigured(
                "SECRET_KEY is missing: put SECRET_KEY=<a long random text> into the environment "
                "or the file .env (`openssl rand -base64 48` makes one)."
            )
        try:
            return kept_secret(var_dir / "secret-key")
        except OSError as error:
            raise ImproperlyConfigured(
                f"{var_dir / 'secret-key'} cannot be used ({error.strerror}): correct that, or "
                "set VAR_DIR to a folder this user may write to."
            ) from error

    def database(self, *, var_dir: Path) -> dict[str, Any]:
        """Django's connection parameters: DATABASE_URL, else the embedded database."""
        url = os.environ.get("DATABASE_URL", "")
        if url:
            parameters = parse_database_url(url)
        else:
            try:
                parameters = embedded.parameters(var_dir)
            except embedded.EmbeddedError as error:
                raise ImproperlyConfigured(str(error)) from error
        options = parameters.pop("OPTIONS", {})
        if pool_size := self.number("DATABASE_POOL", default=0):
            options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 10}
        test_name = os.environ.get("CROSSDESK_TEST_DB") or f"test_{parameters['NAME']}"
        return {
            "ENGINE": "django.db.backends.postgresql",
            **parameters,
            "OPTIONS": options,
            "CONN_MAX_AGE": 0 if pool_size else self.number("DATABASE_MAX_AGE", default=60),
            "CONN_HEALTH_CHECKS": True,
            "TEST": {"NAME": test_name},
        }


def live_origins(live_url: str, hosts: list[str], *, is_https: bool) -> list[str]:
    """The origins that `live_url` may mean to a browser; none when it is a path of ours."""
    if live_url.startswith("/"):
        return []
    if live_url.startswith(":"):
        scheme = "https" if is_https else "http"
        port = live_url[1:].partition("/")[0]
        # A policy cannot name a numeric IPv6 host; browsers report the attempt as an error.
        named = [host.removeprefix(".") for host in hosts if not host.startswith("[")]
        return [f"{scheme}://{host}:{port}" for host in named]
    parts = urlsplit(live_url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ImproperlyConfigured(
            "LIVE_URL must be a path (/live/), a port (:8001/live/) or an address, "
            f"not {live_url!r}."
        )
    return [f"{parts.scheme}://{parts.netloc}"]


def kept_secret(path: Path) -> str:
    """A random text that is made once and readable by this user alone."""
    try:
        if kept := path.read_text().strip():
            return kept
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    mine = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))
    try:
        # Of several processes that start at once, the first one's key is everybody's.
        os.link(mine, path)
    except FileExistsError:
        if not path.read_text().strip():
            mine.replace(path)
    finally:
        mine.unlink(missing_ok=True)
    return path.read_text().strip()


def parse_database_url(url: str) -> dict[str, Any]:
    """Read `url` as libpq does; raises `ImproperlyConfigured` without repeating the password."""
    scheme = url.partition(":")[0]
    if scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            "DATABASE_URL must begin with postgres:// (for example "
            f"postgres://user:password@host:5432/name), not with {scheme[:20]!r}."
        )
    try:
        found = conninfo_to_dict(url)
    except psycopg.Error as error:
        # Other messages of libpq quote the address and the password with it.
        detail = str(error).strip() if "query parameter" in str(error) else "it is malformed"
        raise ImproperlyConfigured(
            f"DATABASE_URL cannot be read: {detail}. Special characters in names and passwords "
            "are percent-encoded (@ is %40)."
        ) from None
    name = found.pop("dbname", None)
    if not name or not _names_a_database(url):
        raise ImproperlyConfigured("DATABASE_URL names no database: end it with /name.")
    for port in filter(None, str(found.get("port") or "").split(",")):
        if not port.isdecimal() or not 0 < int(port) <= LAST_PORT:
            raise ImproperlyConfigured(
                f"The port in DATABASE_URL must be between 1 and {LAST_PORT}, not {port!r}."
            )
    return {
        "NAME": str(name),
        "USER": str(found.pop("user", None) or ""),
        "PASSWORD": str(found.pop("password", None) or ""),
        "HOST": str(found.pop("host", None) or ""),
        "PORT": str(found.pop("port", None) or ""),
        "OPTIONS": found,
    }


def _names_a_database(url: str) -> bool:
    # Without a name libpq would take the user's, which is rarely meant.
    parts = urlsplit(url.replace("#", "%23"))
    return bool(parts.path.strip("/")) or "dbname=" in parts.query
