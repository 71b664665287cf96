"""A network from another package: one class, one line, nothing here changes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from inbox.connectors.base import connectors

SignIn = Callable[[User], Client]
CODE = """
from inbox.connectors.base import Capabilities, Field, Network

class Pigeon(Network):
    slug, label = "pigeon", "Pigeon post"
    capabilities = Capabilities(polling=True, reply=True)
    fields = (Field("loft", "Address of the loft"),)
"""


@pytest.fixture
def pigeon_post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package as pip would have installed it."""
    (tmp_path / "pigeon.py").write_text(CODE)
    about = tmp_path / "pigeon-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeon\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[crossdesk.connectors]\npigeon = pigeon:Pigeon\n")
    monkeypatch.syspath_prepend(tmp_path)
    connectors.cache_clear()
    yield
    connectors.cache_clear()
    sys.modules.pop("pigeon", None)


@pytest.mark.django_db
def test_a_connector_of_another_package_is_offered_and_asks_for_what_it_needs(
    as_user: SignIn, admin: User, pigeon_post: None
) -> None:
    client = as_user(admin)
    assert "Pigeon post" in client.get(reverse("inbox:channel_choose")).content.decode()
    page = client.get(reverse("inbox:channel_begin", args=["pigeon"])).content.decode()
    assert "Address of the loft" in page
