"""Connecting, changing and switching channels; their secrets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from inbox.models import Channel, ChannelState
from inbox.services import channels

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]

FILLED = {
    "name": "Kestrel forum",
    "connector": "webhook",
    "network": "forum",
    "own_ids": "kestrel\n\n kestrel_help \nkestrel",
    "reopen_days": "7",
}


def test_an_admin_connects_a_webhook_and_sees_its_secret_once(as_user: SignIn, admin: User) -> None:
    client = as_user(admin)
    page = client.post(reverse("inbox:channel_create"), FILLED).content.decode()
    channel = Channel.objects.get()
    assert channel.secret.startswith("whsec_")
    assert channel.secret in page
    assert channel.own_ids == ["kestrel", "kestrel_help"]
    assert channel.reopen_within == timedelta(days=7)
    assert (
        channel.secret
        not in client.get(reverse("inbox:channel", args=[channel.pk])).content.decode()
    )


def test_the_secret_lies_encrypted_in_the_database(as_user: SignIn, admin: User) -> None:
    as_user(admin).post(reverse("inbox:channel_create"), FILLED)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM inbox_channel")
        assert "whsec" not in cursor.fetchone()[0]


def test_a_name_is_taken_once(as_user: SignIn, admin: User, channel: Channel) -> None:
    page = as_user(admin).post(reverse("inbox:channel_create"), FILLED | {"name": channel.name})
    assert "of this name already" in page.content.decode()
    assert Channel.objects.count() == 1


def test_a_feed_needs_an_address(as_user: SignIn, admin: User) -> None:
    page = as_user(admin).post(reverse("inbox:channel_create"), FILLED | {"connector": "feed"})
    assert "Which address" in page.content.decode()


def test_a_feed_has_no_secret(as_user: SignIn, admin: User) -> None:
    sent = FILLED | {"connector": "feed", "url": "https://blog.example/feed"}
    as_user(admin).post(reverse("inbox:channel_create"), sent)
    assert not Channel.objects.get().secret


def test_changes_are_kept_and_audited(as_user: SignIn, admin: User, channel: Channel) -> None:
    sent = FILLED | {"name": "New name", "reopen_days": "3"}
    as_user(admin).post(reverse("inbox:channel", args=[channel.pk]), sent)
    channel.refresh_from_db()
    assert (channel.name, channel.connector) == ("New name", "webhook")
    event = channel.events.order_by("pgh_id").last()  # type: ignore[attr-defined]
    assert (event.name, event.pgh_context["user"]) == ("New name", admin.pk)


def test_a_new_address_forgets_how_far_the_old_one_was_read(admin: User) -> None:
    channel = channels.create_channel(
        name="Blog", network="blog", connector="feed", url="https://a.example", by=admin
    )
    ChannelState.objects.update(cursor={"etag": "x"}, failures=3)
    channels.update_channel(channel=channel, changes={"url": "https://b.example"}, by=admin)
    state = ChannelState.objects.get()
    assert (state.cursor, state.failures) == ({}, 0)


def test_a_rotation_shows_the_new_secret_and_keeps_the_old_one(
    as_user: SignIn, admin: User
) -> None:
    channel = channels.create_channel(name="Forum", network="forum", connector="webhook", by=admin)
    old = channel.secret
    page = as_user(admin).post(
        reverse("inbox:channel_rotate", args=[channel.pk]), {"keep_hours": "24"}
    )
    channel.refresh_from_db()
    assert channel.secret in page.content.decode()
    assert (channel.previous_secret, channel.secret != old) == (old, True)
    assert channel.previous_secret_until is not None
    assert channel.previous_secret_until > timezone.now() + timedelta(hours=23)


def test_a_leaked_secret_can_end_at_once(admin: User) -> None:
    channel = channels.create_channel(name="Forum", network="forum", connector="webhook", by=admin)
    channels.rotate_secret(channel=channel, by=admin, keep_for=timedelta())
    assert not channel.previous_secret


def test_a_channel_is_switched_off_and_on(as_user: SignIn, admin: User, channel: Channel) -> None:
    client, switch = as_user(admin), reverse("inbox:channel_switch", args=[channel.pk])
    client.post(switch, {"is_active": "0"})
    channel.refresh_from_db()
    assert not channel.is_active
    client.post(switch, {"is_active": "1"})
    channel.refresh_from_db()
    assert channel.is_active


def test_the_list_takes_few_queries_however_long_it_is(
    as_user: SignIn, admin: User, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(60):
        channels.create_channel(name=f"C{number:02}", network="x", connector="import", by=None)
    client = as_user(admin)
    with django_assert_max_num_queries(10):  # type: ignore[attr-defined]
        page = client.get(reverse("inbox:channels")).content.decode()
    assert "C49" in page
    assert "C50" not in page
    assert "C50" in client.get(reverse("inbox:channels") + "?after=C49").content.decode()


def test_a_name_of_markup_stays_text(as_user: SignIn, admin: User) -> None:
    channels.create_channel(name="<b>x</b>", network="x", connector="import", by=None)
    page = as_user(admin).get(reverse("inbox:channels")).content.decode()
    assert "<b>x</b>" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
