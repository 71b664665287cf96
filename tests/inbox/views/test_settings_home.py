"""The settings begin with the first page that a person may open."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from inbox.settings_menu import ENTRIES

pytestmark = pytest.mark.django_db


def test_an_admin_begins_with_the_first_page(client: Client, admin: User) -> None:
    client.force_login(admin)
    assert client.get("/settings/", follow=True).redirect_chain == [
        (reverse(ENTRIES[0].url_name), 302)
    ]


def test_an_agent_begins_with_a_page_of_their_own(client: Client, agent: User) -> None:
    client.force_login(agent)
    answer = client.get("/settings/", follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain == [(reverse("publishing:signatures"), 302)]
