"""What a page says that is not there, to whom."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory
from django.views.defaults import server_error
from pytest_django import DjangoAssertNumQueries

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_who_is_signed_out_is_offered_to_sign_in_and_not_to_go_back(client: Client) -> None:
    shown = client.get("/nowhere/").content.decode()
    assert "Sign in" in shown
    assert "Back to the inbox" not in shown


def test_who_is_signed_in_is_offered_the_way_back(client: Client, agent: User) -> None:
    client.force_login(agent)
    assert "Back to the inbox" in client.get("/nowhere/").content.decode()


def test_a_page_that_broke_says_whose_it_is_without_the_database(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        answer = server_error(RequestFactory().get("/"))
    shown = answer.content.decode()
    assert answer.status_code == 500
    assert 'class="brand"' in shown
    assert "Something broke on our side" in shown
