"""Changing the keys that stored secrets are encrypted with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from inbox.models import Channel
from inbox.services.keys import SECRETS, rotate_keys
from tests.factories import make_channel

pytestmark = pytest.mark.django_db


@contextmanager
def keys(secret: str, *fallbacks: str, salts: tuple[str, ...] = ("salt",)) -> Iterator[None]:
    """Another process with these keys: the fields work theirs out once."""
    wanted = {"SECRET_KEY": secret, "SECRET_KEY_FALLBACKS": list(fallbacks)}
    with override_settings(**wanted, SALT_KEY=list(salts)):
        _forget_keys()
        yield
    _forget_keys()


def _forget_keys() -> None:
    for name in SECRETS:
        for cached in ("keys", "f"):
            Channel._meta.get_field(name).__dict__.pop(cached, None)


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM inbox_channel")
        return str(cursor.fetchone()[0])


def test_after_a_rotation_the_old_key_can_go() -> None:
    with keys("old"):
        make_channel(secret="whsec_tell-nobody")
    with keys("new", "old"):
        assert rotate_keys().channels == 1
    with keys("new"):
        assert Channel.objects.get().secret == "whsec_tell-nobody"
    assert "tell-nobody" not in stored()


def test_without_a_rotation_it_cannot() -> None:
    with keys("old"):
        make_channel(secret="whsec_tell-nobody")
    with keys("new"):
        assert Channel.objects.get().secret != "whsec_tell-nobody"


def test_salts_rotate_too() -> None:
    with keys("same", salts=("first",)):
        make_channel(secret="whsec_tell-nobody")
    with keys("same", salts=("second", "first")):
        rotate_keys()
    with keys("same", salts=("second",)):
        assert Channel.objects.get().secret == "whsec_tell-nobody"


def test_what_no_key_opens_is_named_and_left_alone() -> None:
    with keys("lost"):
        make_channel(name="Old page", secret="whsec_tell-nobody")
    before = stored()
    with keys("new"), pytest.raises(CommandError, match="No key opens the secrets of Old page"):
        call_command("rotate_keys")
    assert stored() == before
