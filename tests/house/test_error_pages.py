"""What a page says that is not there, to whom."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_who_is_signed_out_is_offered_to_sign_in_and_not_to_go_back(client: Client) -> None:
    shown = client.get("/nowhere/").content.decode()
    assert "Sign in" in shown
    assert "Back to the inbox" not in shown


def test_who_is_signed_in_is_offered_the_way_back(client: Client, agent: User) -> None:
    client.force_login(agent)
    assert "Back to the inbox" in client.get("/nowhere/").content.decode()
