"""Sessions are Django's, read with less ceremony."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.sessions import SessionStore

pytestmark = pytest.mark.django_db


def test_what_django_wrote_is_read_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    written = db.SessionStore()
    written["word"] = "rye"
    written.save()
    with django_assert_num_queries(1):
        assert SessionStore(written.session_key)["word"] == "rye"


@pytest.mark.parametrize("key", ["unknown-key-of-a-session", "x' OR '1'='1", "\u2028" * 9])
def test_unknown_key_is_an_empty_session_under_another_key(key: str) -> None:
    store = SessionStore(key)
    assert store.load() == {}
    assert store.session_key is None


def test_expired_session_is_empty() -> None:
    store = SessionStore()
    store["word"] = "rye"
    store.save()
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert SessionStore(store.session_key).load() == {}
