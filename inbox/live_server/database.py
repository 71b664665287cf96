"""Django's database work, away from the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import Error, close_old_connections

P = ParamSpec("P")
T = TypeVar("T")

# Sign-ins come in bursts after a restart; two connections carry hundreds a second.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="live-database")


class Unavailable(Exception):  # noqa: N818 - reads as what is wrong
    """The database did not answer."""


async def run(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do blocking `work` in a thread; raises `Unavailable` when the database fails."""

    def guarded() -> T:
        close_old_connections()
        try:
            return work(*args, **kwargs)
        except Error as error:
            close_old_connections()
            raise Unavailable(str(error)) from error

    return await asyncio.get_running_loop().run_in_executor(_threads, guarded)


def parameters() -> dict[str, Any]:
    """How psycopg connects to Django's database on a connection of its own."""
    found = settings.DATABASES["default"]
    named = {
        "dbname": found["NAME"],
        "user": found["USER"],
        "password": found["PASSWORD"],
        "host": found["HOST"],
        "port": found["PORT"],
    }
    options = {key: value for key, value in found["OPTIONS"].items() if key != "pool"}
    return {
        "connect_timeout": 5,
        "application_name": "crossdesk live",
        **options,
        **{key: value for key, value in named.items() if value},
    }
