"""The demo's networks can be answered, and nothing leaves the house."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from inbox.connectors.base import Access, network_of
from inbox.connectors.types import OutgoingPost
from inbox.demo.connector import BY_NETWORK, DemoMastodon, Invented
from inbox.demo.content import load
from inbox.models import Channel
from inbox.services import demo


def test_every_page_of_the_demo_has_a_network_that_answers() -> None:
    for channel in load().channels.values():
        network = network_of(BY_NETWORK[channel.network].slug)
        assert network is not None
        assert network.capabilities.reply


def test_what_a_network_cannot_do_it_gives_a_reason_for() -> None:
    for network in BY_NETWORK.values():
        can = network.capabilities
        lacking = {name for name in ("private_reply", "edit", "media") if not getattr(can, name)}
        assert lacking <= set(can.missing)


def test_the_same_key_is_the_same_post() -> None:
    network, access, out = Invented(), Access(""), OutgoingPost("Hi", "1")
    first = network.publish(access, out, idempotency_key="a")
    assert network.publish(access, out, idempotency_key="a").external_id == first.external_id
    assert network.publish(access, out, idempotency_key="b").external_id != first.external_id


def test_mastodon_counts_any_address_as_23() -> None:
    assert DemoMastodon().length_of("https://kestrel.example/" + "a" * 200) == 23


@pytest.mark.django_db
def test_a_page_of_an_older_demo_learns_to_speak(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    name = load().channels["x"].name
    Channel.objects.create(name=name, network="x", connector="webhook")
    demo.set_up_channels()
    assert Channel.objects.get(name=name).connector == "demo-x"


@pytest.mark.django_db
def test_nobody_connects_an_invented_network(client: Client, admin: User) -> None:
    client.force_login(admin)
    shown = client.get(reverse("inbox:channel_choose")).content.decode()
    assert "invented" not in shown
    begin = client.get(reverse("inbox:channel_begin", args=["demo-x"]))
    assert begin.status_code == 404
