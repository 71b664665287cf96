"""What all tests share: a database that answers, sockets only where a test says so."""

import gc
import socket
from collections import Counter
from collections.abc import Iterator

import hypothesis
import pytest
from django.conf import settings
from django.core.management.commands import flush
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from pytest_django import DjangoDbBlocker

from config.environment import Environment
from config.startup import BASE_DIR, StartError, prepare
from tests import database

pytest_plugins = ["tests.personas", "tests.towns", "tests.networks.live"]

# How long a machine takes to think of examples says nothing about what is tested.
hypothesis.settings.register_profile(
    "crossdesk", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("crossdesk")

NEEDS_SOCKETS = ("integration", "browser")
# How many other integration tests take as long as one in the browser.
BROWSER_LOAD = 8


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
    DatabaseOperations.sql_flush = database.emptied  # type: ignore[assignment]
    flush.emit_post_migrate_signal = database.furnished  # type: ignore[attr-defined]
    # A real password hash takes a quarter of a second, and each persona has one.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Each test's client would look through all static files first; so one is found when asked for.
    settings.WHITENOISE_AUTOREFRESH = True


def pytest_sessionstart(session: pytest.Session) -> None:
    """Run the migrations before the clock of a first test runs, and not once for each worker."""
    if not hasattr(session.config, "workerinput") and not session.config.option.collectonly:
        database.template()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Allow sockets to the tests that are marked as needing real servers, and begin with long ones.

    Else a process would be busy with one of those when the others have nothing left to do.
    """
    longest: dict[object, float] = {}
    load: Counter[object] = Counter()
    for item in items:
        if any(item.get_closest_marker(name) for name in NEEDS_SOCKETS):
            item.add_marker(pytest.mark.enable_socket)
            load[item.path] += BROWSER_LOAD if item.get_closest_marker("browser") else 1
        mark = item.get_closest_marker("timeout")
        seconds = float(mark.args[0]) if mark and mark.args else 0.0
        longest[item.path] = max(seconds, longest.get(item.path, 0.0))
    # Files of about the same load stay in random order.
    items.sort(key=lambda item: (-longest[item.path], -load[item.path].bit_length()))


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays until the end: modules, models, thousands of tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Let the test database begin as a copy of one in which the migrations have run."""
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = database.template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Before the database is dropped nobody is connected with it any more."""
    yield
    with django_db_blocker.unblock():
        # Whatever became of this process's own connection since it was last used.
        connection.close()
        database.close_others()
