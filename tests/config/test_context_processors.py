"""Where a browser finds the live updates."""

import pytest
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from config.context_processors import live_url


@pytest.mark.parametrize(
    ("setting", "host", "url"),
    [
        ("/live/", "localhost:8000", "/live/"),
        ("https://live.example/", "localhost:8000", "https://live.example/"),
        (":8001/live/", "localhost:8000", "http://localhost:8001/live/"),
        (":8001/live/", "127.0.0.1", "http://127.0.0.1:8001/live/"),
        (":8001/live/", "[::1]:8000", "http://[::1]:8001/live/"),
        (":8001/live/", "[::1]", "http://[::1]:8001/live/"),
        (":8001/live/", "evil.example", ""),
    ],
)
def test_the_address_follows_the_host_that_was_asked(
    settings: Settings, setting: str, host: str, url: str
) -> None:
    settings.LIVE_URL = setting
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    assert live_url(RequestFactory().get("/", headers={"host": host})) == url
