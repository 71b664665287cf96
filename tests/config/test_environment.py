"""Settings read from the environment."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import Environment, kept_secret, live_origins, parse_database_url


@pytest.fixture
def env(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "no-such.env")


def test_database_url_is_read_with_percent_encoding_and_options() -> None:
    found = parse_database_url("postgresql://an%40na:p%2Fw%3A@db.example:6432/desk?sslmode=require")
    assert found == {
        "NAME": "desk",
        "USER": "an@na",
        "PASSWORD": "p/w:",
        "HOST": "db.example",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require"},
    }


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("postgres:///desk?host=/run/postgresql", "/run/postgresql"),
        ("postgres://%2Frun%2Fpostgresql/desk", "/run/postgresql"),
        ("postgres://[::1]:5432/desk", "::1"),
        ("postgres://one,two/desk", "one,two"),
        ("postgres:///desk", ""),
    ],
)
def test_database_url_names_sockets_and_hosts(url: str, host: str) -> None:
    found = parse_database_url(url)
    assert (found["NAME"], found["HOST"]) == ("desk", host)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://u:geheim@h/n", "must begin with postgres://"),
        ("just-a-name", "must begin with postgres://"),
        ("postgres://u:geheim@h", "names no database"),
        ("postgres://u:geheim@h/", "names no database"),
        ("postgres://u:geheim@h:5432/?sslmode=require", "names no database"),
        ("postgres://u:geheim@h:99999/n", "between 1 and 65535"),
        ("postgres://u:geheim@h:0/n", "between 1 and 65535"),
        ("postgres://u:geheim@h:port/n", "between 1 and 65535"),
        ("postgres://u:geheim%zz@h/n", "cannot be read"),
        ("postgres://u:geheim@[::1/n", "cannot be read"),
        ("postgres://u:geheim@h/n?no_such_option=1", "no_such_option"),
    ],
)
def test_wrong_database_url_is_one_sentence_without_the_password(url: str, words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=words) as caught:
        parse_database_url(url)
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_secret_key_is_required_in_production(
    env: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is missing"):
        env.secret_key(is_production=True, var_dir=tmp_path)
    assert not list(tmp_path.iterdir())


def test_secret_key_is_made_once_and_private_elsewhere(
    env: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    key = env.secret_key(is_production=False, var_dir=tmp_path / "var")
    assert len(key) >= 50
    assert env.secret_key(is_production=False, var_dir=tmp_path / "var") == key
    kept = tmp_path / "var" / "secret-key"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert list(kept.parent.iterdir()) == [kept]


def test_an_empty_kept_secret_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret-key").touch()
    assert kept_secret(tmp_path / "secret-key")


def test_a_number_out_of_range_is_one_sentence(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKERS", "0")
    with pytest.raises(ImproperlyConfigured, match="WORKERS must be at least 1"):
        env.number("WORKERS", default=2, least=1)
    monkeypatch.setenv("WORKERS", "many")
    with pytest.raises(ImproperlyConfigured, match="WORKERS must be a whole number"):
        env.number("WORKERS", default=2)


def test_a_flag_that_is_neither_is_refused(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEBUG", "maybe")
    with pytest.raises(ImproperlyConfigured, match="DEBUG must be 1 or 0"):
        env.flag("DEBUG", default=False)


def test_the_environment_wins_over_the_dotenv_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Set first, so that monkeypatch removes what the file brings.
    for name in ("FROM_FILE", "FROM_BOTH"):
        monkeypatch.setenv(name, "environment")
    monkeypatch.delenv("FROM_FILE")
    (tmp_path / ".env").write_text("FROM_FILE=file\nFROM_BOTH=file\n")
    env = Environment(tmp_path / ".env")
    assert env.text("FROM_FILE", default="") == "file"
    assert env.text("FROM_BOTH", default="") == "environment"


def test_a_relative_folder_begins_in_the_checkout(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    default = Path("/srv/desk/var")
    assert env.folder("VAR_DIR_OF_TEST", default=default) == default
    monkeypatch.setenv("VAR_DIR_OF_TEST", "data")
    assert env.folder("VAR_DIR_OF_TEST", default=default) == Path("/srv/desk/data")
    monkeypatch.setenv("VAR_DIR_OF_TEST", "/data")
    assert env.folder("VAR_DIR_OF_TEST", default=default) == Path("/data")


def test_live_origins_follow_the_form_of_the_address() -> None:
    hosts = ["localhost", "127.0.0.1"]
    assert live_origins("/live/", hosts, is_https=False) == []
    assert live_origins(":8001/live/", hosts, is_https=False) == [
        "http://localhost:8001",
        "http://127.0.0.1:8001",
    ]
    assert live_origins("https://live.example/s/", hosts, is_https=True) == ["https://live.example"]
    with pytest.raises(ImproperlyConfigured, match="LIVE_URL must be"):
        live_origins("live", hosts, is_https=False)
