"""Speaking to the API as somebody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ApiToken, User


@pytest.fixture(autouse=True)
def _nobody_is_throttled() -> None:
    cache.clear()


@pytest.fixture
def api(db: None) -> Callable[..., APIClient]:
    """A client with a fresh token of `user`; None: anonymous."""

    def speak_as(user: User | None, *, is_read_only: bool = False, days: int = 1) -> APIClient:
        client = APIClient()
        client.default_format = "json"
        if user is not None:
            key = ApiToken.new_key()
            ApiToken.objects.create(
                user=user,
                name="test",
                prefix=key[:8],
                digest=ApiToken.digest_of(key),
                is_read_only=is_read_only,
                expires_at=timezone.now() + timedelta(days=days),
            )
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        return client

    return speak_as
