"""What all tests share: a database that answers, sockets only where a test says so."""

import socket

import pytest
from django.conf import settings

from config.environment import Environment
from config.startup import BASE_DIR, StartError, prepare

pytest_plugins = ["tests.personas", "tests.towns", "tests.networks.live"]

NEEDS_SOCKETS = ("integration", "browser")


def pytest_configure(config: pytest.Config) -> None:
    """Start the embedded database, before whose first start pytest-django read the settings."""
    try:
        prepare()
    except StartError as error:
        raise pytest.UsageError(str(error)) from error
    fresh = Environment(BASE_DIR / ".env").database(var_dir=settings.VAR_DIR)
    for name in ("HOST", "PASSWORD"):
        settings.DATABASES["default"][name] = fresh[name]
    # A test's server has a thread for each request, and a thread's connection would outlive it.
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
    if fresh["HOST"] and not fresh["HOST"].startswith("/"):
        # Unit tests may not look names up either; the database is the one host they may ask.
        address = socket.gethostbyname(fresh["HOST"])
        settings.DATABASES["default"]["OPTIONS"]["hostaddr"] = address
    # A real password hash takes a quarter of a second, and each persona has one.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Allow sockets to the tests that are marked as needing real servers."""
    for item in items:
        if any(item.get_closest_marker(name) for name in NEEDS_SOCKETS):
            item.add_marker(pytest.mark.enable_socket)
