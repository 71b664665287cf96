"""Connecting a page of a network: credentials, test, sign-in, beginning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from inbox.connectors.base import Identity
from inbox.connectors.errors import Unreachable
from inbox.connectors.types import IncomingPost
from inbox.models import Backfill, Channel
from inbox.services import connecting
from inbox.services.access import access_of
from tests.towns import TOKEN, Town, Village

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
FILLED = {"name": "Town page", "page": "kestrel", "token": TOKEN}


def begin(network: Town, **values: str) -> Channel:
    channel = connecting.begin(
        network=network, name="Town page", values={"page": "kestrel", **values}, by=None
    )
    connecting.remember(channel=channel, identity=network.identity, by=None)
    return channel


def test_the_first_step_offers_networks_before_what_has_no_account(
    as_user: SignIn, admin: User, town: Town
) -> None:
    page = as_user(admin).get(reverse("inbox:channel_choose")).content.decode()
    assert page.index("Town square") < page.index("Signed webhook")


def test_credentials_the_network_does_not_know_save_nothing(
    as_user: SignIn, admin: User, town: Town
) -> None:
    address = reverse("inbox:channel_begin", args=["town"])
    page = as_user(admin).post(address, {**FILLED, "token": "wrong"}).content.decode()
    assert "Town square answers 401: no such token." in page
    assert "wrong" not in page
    assert not Channel.objects.exists()


def test_good_credentials_are_kept_encrypted_and_never_shown(
    as_user: SignIn, admin: User, town: Town
) -> None:
    client = as_user(admin)
    answer = client.post(reverse("inbox:channel_begin", args=["town"]), FILLED)
    channel = Channel.objects.get()
    assert answer["Location"] == reverse("inbox:channel_connect", args=[channel.pk])
    assert access_of(channel).secrets == {"token": TOKEN}
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM inbox_channel")
        assert TOKEN not in cursor.fetchone()[0]
    for name in ("channel", "channel_connect", "channel_reconnect"):
        assert TOKEN not in client.get(reverse(f"inbox:{name}", args=[channel.pk])).content.decode()
    assert TOKEN not in repr(access_of(channel))


def test_a_new_channel_takes_nothing_in_before_the_last_step(town: Town) -> None:
    channel = begin(town, token=TOKEN)
    assert not channel.is_active
    assert channel.settings == {"page": "kestrel", "account_id": "page-1"}
    assert set(channel.own_ids) == {"page-1", "kestrel"}


def test_the_test_says_who_we_are_how_busy_the_page_is_and_what_is_missing(
    as_user: SignIn, admin: User, town: Town
) -> None:
    now = timezone.now()
    town.posts = [IncomingPost(f"p{n}", posted_at=now - timedelta(days=n / 2)) for n in range(10)]
    town.identity = Identity("page-1", name="Kestrel in town", faults=("It may not hide posts.",))
    channel = begin(town, token=TOKEN)
    address = reverse("inbox:channel_check", args=[channel.pk])
    page = as_user(admin).post(address).content.decode()
    assert "Kestrel in town" in page
    assert "10 posts" in page
    assert "It may not hide posts." in page
    assert "about 67 posts" in page  # Ten in four and a half days, for thirty.


def test_a_network_that_cannot_be_reached_is_said_so(
    as_user: SignIn, admin: User, town: Town
) -> None:
    channel = begin(town, token=TOKEN)
    town.fault = Unreachable("did not answer within 20 seconds")
    page = as_user(admin).post(reverse("inbox:channel_check", args=[channel.pk])).content.decode()
    assert "Town square did not answer within 20 seconds." in page
    assert "Other credentials" in page


def test_the_last_step_begins_now_and_reads_back_beside_it(
    as_user: SignIn, admin: User, town: Town
) -> None:
    channel = begin(town, token=TOKEN)
    as_user(admin).post(reverse("inbox:channel_connect", args=[channel.pk]), {"days": "7"})
    channel.refresh_from_db()
    assert channel.is_active
    live = timezone.datetime.fromisoformat(channel.state.cursor["since"])  # type: ignore[attr-defined]
    assert abs(timezone.now() - live) < timedelta(minutes=1)
    task = Backfill.objects.get()
    assert abs(timezone.now() - timedelta(days=7) - task.since) < timedelta(minutes=1)
    assert task.started_by == admin


def test_from_now_on_reads_nothing_back(as_user: SignIn, admin: User, town: Town) -> None:
    channel = begin(town, token=TOKEN)
    as_user(admin).post(reverse("inbox:channel_connect", args=[channel.pk]), {"days": "0"})
    channel.refresh_from_db()
    assert channel.is_active
    assert not Backfill.objects.exists()


def test_a_long_past_must_be_confirmed(as_user: SignIn, admin: User, town: Town) -> None:
    channel = begin(town, token=TOKEN)
    address = reverse("inbox:channel_connect", args=[channel.pk])
    page = as_user(admin).post(address, {"days": "30"}).content.decode()
    assert "Confirm that up to 10,000 posts of 30 days may be taken in." in page
    assert not Backfill.objects.exists()
    as_user(admin).post(address, {"days": "30", "confirmed": "on"})
    assert Backfill.objects.get().most == 10_000


def test_an_untested_channel_cannot_be_switched_to_work(
    as_user: SignIn, admin: User, town: Town
) -> None:
    channel = connecting.begin(network=town, name="Town page", values={}, by=admin)
    as_user(admin).post(reverse("inbox:channel_connect", args=[channel.pk]), {"days": "1"})
    channel.refresh_from_db()
    assert not channel.is_active


def test_reconnecting_keeps_secrets_that_are_left_empty(
    as_user: SignIn, admin: User, town: Town
) -> None:
    channel = begin(town, token=TOKEN)
    address = reverse("inbox:channel_reconnect", args=[channel.pk])
    as_user(admin).post(address, {"page": "other", "token": ""})
    channel.refresh_from_db()
    assert access_of(channel).secrets == {"token": TOKEN}
    assert channel.settings["page"] == "other"


def test_signing_in_leads_through_a_link_and_back(
    as_user: SignIn, admin: User, village: Village
) -> None:
    client = as_user(admin)
    address = reverse("inbox:channel_begin", args=["village"])
    page = client.post(address, {"name": "Green", "page": "kestrel"}).content.decode()
    state = client.session["channel_sign_in"]["state"]
    assert f"https://village.example/in?state={state}" in page
    back = client.get(reverse("inbox:channel_signed_in"), {"state": state, "code": "good-code"})
    channel = Channel.objects.get()
    assert back["Location"] == reverse("inbox:channel_connect", args=[channel.pk])
    assert access_of(channel).secrets == {"client": "abc", "token": TOKEN}
    assert village.seen[0]["client"] == "abc"


@pytest.mark.parametrize("sent", [{"state": "forged", "code": "good-code"}, {"code": "good-code"}])
def test_a_sign_in_that_was_not_begun_here_is_refused(
    as_user: SignIn, admin: User, village: Village, sent: dict[str, str]
) -> None:
    client = as_user(admin)
    address = reverse("inbox:channel_begin", args=["village"])
    client.post(address, {"name": "Green", "page": "kestrel"})
    client.get(reverse("inbox:channel_signed_in"), sent)
    assert "token" not in access_of(Channel.objects.get()).secrets


def test_a_sign_in_works_once(as_user: SignIn, admin: User, village: Village) -> None:
    client = as_user(admin)
    address = reverse("inbox:channel_begin", args=["village"])
    client.post(address, {"name": "Green", "page": "kestrel"})
    sent = {"state": client.session["channel_sign_in"]["state"], "code": "good-code"}
    client.get(reverse("inbox:channel_signed_in"), sent)
    again = client.get(reverse("inbox:channel_signed_in"), sent)
    assert again["Location"] == reverse("inbox:channels")


def test_the_channel_page_says_what_is_missing_and_why(
    as_user: SignIn, admin: User, town: Town
) -> None:
    channel = begin(town, token=TOKEN)
    page = as_user(admin).get(reverse("inbox:channel", args=[channel.pk])).content.decode()
    assert "The town square keeps what was said." in page


def test_a_renewed_token_takes_the_place_of_the_old_one(town: Town) -> None:
    channel = begin(town, token=TOKEN)
    access_of(channel).renewed({"token": "newer"})
    channel.refresh_from_db()
    assert access_of(channel).secrets == {"token": "newer"}


def test_credentials_that_no_longer_open_ask_for_a_new_connection(
    as_user: SignIn, admin: User, town: Town
) -> None:
    channel = begin(town, token=TOKEN)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbox_channel SET credentials = 'gAAAAAB-from-another-key'")
    page = as_user(admin).post(reverse("inbox:channel_check", args=[channel.pk])).content.decode()
    assert "do not open with the present key" in page
