"""With real Bluesky: notifications are lost, doubled and shuffled, and every post is there once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from inbox.connectors.bluesky import Bluesky
from inbox.models import Channel, ChannelState, Post, Ticket
from inbox.services import connecting, polling, reconciling
from tests.networks.bluesky import BlueskyNetwork, Person
from tests.networks.relay import Relay
from tests.networks.stub import Asked, Stub, running

pytestmark = [
    pytest.mark.django_db, pytest.mark.usefixtures("departments"), pytest.mark.integration,
    pytest.mark.timeout(400),
]  # fmt: skip
POSTS = 100


@pytest.fixture
def relay(bluesky_network: BlueskyNetwork) -> Iterator[Stub]:
    with running(Relay(bluesky_network.url)) as stub:
        yield stub


def connected(brand: Person, url: str, settings: Settings) -> Channel:
    """The brand's channel, connected as an admin does it, from an hour ago on."""
    settings.ALLOW_PRIVATE_ADDRESSES = True
    values = {"handle": brand.handle, "app_password": brand.app_password(), "base_url": url}
    channel = connecting.begin(network=Bluesky(), name="Sky", values=values, by=None)
    found = connecting.check(channel=channel, by=None)
    assert (found.sample.fault, found.identity.external_id) == ("", brand.did)
    since = timezone.now() - timedelta(hours=1)
    return connecting.finish(channel=channel, since=since, by=None)  # type: ignore[arg-type]


def look(channel: Channel) -> None:
    polled = polling.poll(channel=channel, force=True)
    assert polled is not None
    assert polled.error == ""


def test_whatever_notifications_do_one_look_makes_it_whole(
    bluesky_network: BlueskyNetwork, relay: Stub, settings: Settings
) -> None:
    rng = Random(7)  # noqa: S311 - a repeatable way to lose things
    amiss = {"dropped": 0, "doubled": 0}

    def mistreat(asked: Asked, said: Any) -> Any:
        if "listNotifications" in asked.path:
            kept = [one for one in said["notifications"] if rng.random() >= 0.05]
            twice = [one for one in kept if rng.random() < 0.05]
            amiss["dropped"] += len(said["notifications"]) - len(kept)
            amiss["doubled"] += len(twice)
            said["notifications"] = rng.sample(kept + twice, len(kept) + len(twice))
        return said

    brand, fans = bluesky_network.person("brand"), [bluesky_network.person("fan") for _ in range(3)]
    roots = [brand.post(f"News {number}") for number in range(5)]
    bluesky_network.sync()
    channel = connected(brand, relay.url, settings)
    relay.network.change = mistreat  # type: ignore[attr-defined]
    written = []
    for number in range(POSTS):
        fan, how = rng.choice(fans), number % 4
        post = (
            fan.post(f"Help {number}", mentions=brand) if how == 0
            else fan.post(f"Look {number}", quotes=rng.choice(roots)) if how == 1
            else fan.post(f"Late {number}", under=rng.choice(roots))
        )  # fmt: skip
        written.append(post["uri"])
        if number % 20 == 19:
            look(channel)
    bluesky_network.sync()
    look(channel)
    assert amiss["dropped"]
    assert amiss["doubled"]
    relay.network.change = None  # type: ignore[attr-defined]
    look(channel)
    came = Post.objects.filter(is_own=False).values_list("external_id", flat=True)
    assert sorted(came) == sorted(written)
    assert Ticket.objects.current().count() == POSTS


def test_a_post_removed_on_the_network_is_marked_as_deleted(
    bluesky_network: BlueskyNetwork, settings: Settings
) -> None:
    brand, fan = bluesky_network.person("brand"), bluesky_network.person("fan")
    first = fan.post("Help", mentions=brand)
    bluesky_network.sync()
    second = fan.post("Never mind", under=first)
    bluesky_network.sync()
    channel = connected(brand, bluesky_network.url, settings)
    look(channel)
    # The follow-up names nobody: reading the conversation brings it.
    assert reconciling.reconcile(channel=channel) == reconciling.Look(threads=1, gaps=1)
    fan.remove(second)
    bluesky_network.sync()
    ChannelState.objects.update(reconciled_at=None)
    reconciling.reconcile(channel=channel)
    gone = Post.objects.exclude(deleted_at=None).values_list("external_id", flat=True)
    assert list(gone) == [second["uri"]]
    assert Post.objects.count() == 2
