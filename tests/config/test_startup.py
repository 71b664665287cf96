"""What a process says when it cannot start."""

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any, Self

import psycopg
import pytest
from django.conf import settings

from config import startup
from config.startup import StartError, check_server, in_one_sentence
from tests.config.checkouts import REPOSITORY


def parameters(**changes: Any) -> dict[str, Any]:
    default = settings.DATABASES["default"]
    found = {name: default[name] for name in ("HOST", "PORT", "USER", "PASSWORD")}
    # A database that exists wherever ours does.
    return {**found, "NAME": default["NAME"], "OPTIONS": {}, **changes}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.integration
def test_a_database_that_answers_is_accepted() -> None:
    check_server(parameters())


@pytest.mark.integration
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"HOST": "127.0.0.1", "PORT": "1"}, "nothing answers at 127.0.0.1:1"),
        ({"HOST": "/nonexistent", "PORT": "1"}, "nothing answers at /nonexistent:1"),
        ({"HOST": "no-such-host.invalid"}, "'no-such-host.invalid' is unknown"),
        ({"NAME": "no_such_database"}, 'database "no_such_database" does not exist'),
    ],
)
def test_a_database_that_does_not_answer_is_one_sentence(
    changes: dict[str, str], words: str
) -> None:
    with pytest.raises(StartError, match=words) as caught:
        check_server(parameters(**changes))
    assert "\n" not in str(caught.value)


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="that server may trust everybody")
def test_a_wrong_password_is_one_sentence() -> None:
    with pytest.raises(StartError, match="the password of 'crossdesk' is wrong"):
        check_server(parameters(PASSWORD="guess"))


def test_an_old_server_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        info = SimpleNamespace(server_version=140_011)

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(psycopg, "connect", lambda **_: Old())
    with pytest.raises(StartError, match=r"PostgreSQL 14 answers .* needs 15 or newer"):
        check_server(parameters())


def test_a_fault_is_printed_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise StartError("There is no more paper.")

    assert in_one_sentence(fail) == 1
    assert capsys.readouterr().err == "There is no more paper.\n"


def test_an_interrupt_is_no_traceback() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    assert in_one_sentence(interrupted) == 130


def test_help_asks_for_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(
        startup, "prepare", lambda *, needs_database=True: asked.append(needs_database)
    )
    monkeypatch.setattr("django.core.management.execute_from_command_line", lambda _argv: None)
    for argv in (["manage.py"], ["manage.py", "route", "--help"], ["manage.py", "route", "text"]):
        assert startup.manage(argv) == 0
    assert asked == [False, False, True]


@pytest.mark.integration
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"DATABASE_URL": "postgres://crossdesk:geheim@127.0.0.1:1/desk"}, "nothing answers"),
        ({"DATABASE_URL": "postgres://crossdesk:geheim@127.0.0.1:99999/desk"}, "The port in"),
        ({"DATABASE_URL": "postgres://crossdesk:geheim@127.0.0.1"}, "names no database"),
        ({"DEBUG": "0", "SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"DEBUG": "perhaps"}, "DEBUG must be 1 or 0"),
        ({"WORKERS": "two"}, "WORKERS must be a whole number"),
        ({"VAR_DIR": "/proc/crossdesk", "DATABASE_URL": ""}, "VAR_DIR"),
    ],
)
def test_the_command_line_says_what_is_wrong_in_one_line(
    environment: dict[str, str], words: str
) -> None:
    done = manage("check", **environment)
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert "geheim" not in done.stderr
