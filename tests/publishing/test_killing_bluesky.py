"""Workers die at any moment while they answer on real Bluesky: each reply is there once."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import Department, User
from inbox.connectors.bluesky import Bluesky
from inbox.connectors.types import IncomingAuthor, IncomingPost
from inbox.models import Channel, Post, Ticket
from inbox.services import connecting
from inbox.services.receive import receive
from tests.networks.bluesky import BlueskyNetwork

killing = pytest.importorskip("tests.publishing.killing")
pytestmark = [
    pytest.mark.django_db(transaction=True), pytest.mark.integration, pytest.mark.timeout(1800),
]  # fmt: skip
SETTLE_SECONDS = 0.5


class BlueskyPlace:
    """A brand's account on a network of this machine, and a fan of it."""

    def __init__(self, network: BlueskyNetwork, department: Department) -> None:
        self.network, self.department = network, department
        self.brand, self.fan = network.person("brand"), network.person("fan")
        values = {"handle": self.brand.handle, "app_password": self.brand.app_password(),
                  "base_url": network.url}  # fmt: skip
        self.channel: Channel = connecting.begin(
            network=Bluesky(), name="Sky", values=values, by=None
        )
        connecting.check(channel=self.channel, by=None)
        self.channel.settings["settle_seconds"] = str(SETTLE_SECONDS)
        self.channel.is_active = True
        self.channel.save()

    def write(self, count: int) -> list[Post]:
        """Mentions by the fan, each on a ticket of the department."""
        mentions = [self.fan.post("Help", mentions=self.brand) for _ in range(count)]
        self.network.sync()
        now = timezone.now()
        told = [
            IncomingPost(
                mention["uri"], text="Help", posted_at=now, kind="mention",
                author=IncomingAuthor(self.fan.did), details={"cid": mention["cid"]},
            )
            for mention in mentions
        ]  # fmt: skip
        receive(self.channel, told)
        Ticket.objects.filter(channel=self.channel).update(department=self.department)
        names = [post.external_id for post in told]
        return list(Post.objects.filter(channel=self.channel, external_id__in=names))

    def said(self) -> Counter[str]:
        """What the account's own server has."""
        return Counter(one["value"]["text"] for one in self.brand.posts())


@pytest.fixture
def place(
    bluesky_network: BlueskyNetwork, departments: dict[str, Department], settings: Settings
) -> BlueskyPlace:
    settings.ALLOW_PRIVATE_ADDRESSES = True
    return BlueskyPlace(bluesky_network, departments["customer_service"])


def test_workers_die_at_any_moment(place: BlueskyPlace, agent: User) -> None:
    chance = random.Random(2026)  # noqa: S311 - repeatable, not secret
    lasts = killing.seconds_of(place, agent)
    replies = killing.leaving(place, agent, killing.RANDOM_KILLS)
    early = [killing.kill_after(reply, chance.uniform(0, lasts * 1.1)) for reply in replies]
    assert sum(early) > killing.RANDOM_KILLS / 4, "the workers had finished before"
    assert killing.doubles(place, replies) == []
    killing.settle(replies, pause=SETTLE_SECONDS)
    assert killing.wrongs(place, replies) == []


def test_several_workers_with_the_same_job_say_it_once(place: BlueskyPlace, agent: User) -> None:
    replies = killing.leaving(place, agent, 5)
    for reply in replies:
        killing.deliver_together(reply, workers=3)
    assert killing.wrongs(place, replies) == []
