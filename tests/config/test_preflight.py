"""What `manage.py preflight` finds before the servers start."""

import socket
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

KEY = "k" * 50


@pytest.mark.django_db
def test_a_machine_in_order_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("preflight")
    assert capsys.readouterr() == ("", "")


@pytest.mark.integration
@pytest.mark.django_db
def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} on 127.0.0.1 cannot be used"):
            call_command("preflight", ports=[port])


@pytest.mark.integration
def test_a_taken_port_is_named_before_anything_else_is_done(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings.BIND, settings.LIVE_PORT = "127.0.0.1", taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {settings.LIVE_PORT} on 127.0.0.1"):
            call_command("setup", serve=True)
    assert capsys.readouterr().out == ""


@pytest.mark.integration
@pytest.mark.django_db
def test_a_port_that_does_not_exist_is_named() -> None:
    with pytest.raises(CommandError, match="Port 99999 does not exist"):
        call_command("preflight", ports=[99_999])


@pytest.mark.django_db
def test_production_wants_a_long_key_and_static_files(settings: Settings, tmp_path: Path) -> None:
    settings.IS_PRODUCTION, settings.SECRET_KEY, settings.STATIC_ROOT = True, "short", tmp_path
    with pytest.raises(CommandError, match="SECRET_KEY is too short") as caught:
        call_command("preflight")
    assert "collectstatic" in str(caught.value)


@pytest.mark.django_db
def test_production_without_https_is_noted(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "staticfiles.json").touch()
    settings.IS_PRODUCTION, settings.SECRET_KEY, settings.STATIC_ROOT = True, KEY, tmp_path
    call_command("preflight")
    assert "HTTPS=1 is not set" in capsys.readouterr().err
    settings.IS_HTTPS, settings.TRUSTED_PROXIES = True, []
    call_command("preflight")
    assert "TRUSTED_PROXIES" in capsys.readouterr().err


@pytest.mark.django_db
def test_missing_migrations_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "django.db.migrations.executor.MigrationExecutor.migration_plan", lambda *_: [1, 2, 3]
    )
    with pytest.raises(CommandError, match="lacks 3 migrations: run `make setup`"):
        call_command("preflight")
