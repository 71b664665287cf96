"""Deliveries of Discourse and LinkedIn through the address every network delivers to."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from django.test import Client
from django_q.models import OrmQ

from inbox.models import Channel, ChannelState, Post, QuarantinedPayload
from inbox.services.access import store_credentials
from tests.networks.discourse import SECRET, Forum
from tests.networks.linkedin import ACCOUNT, CompanyPage
from tests.networks.linkedin import SECRET as CLIENT_SECRET

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("departments")]


def connected(slug: str, secrets: dict[str, str], **settings: str) -> Channel:
    channel = Channel.objects.create(name=slug, network=slug, connector=slug, settings=settings)
    ChannelState.objects.create(channel=channel)
    store_credentials(channel=channel, secrets=secrets, by=None)
    return channel


@pytest.fixture
def discourse() -> Channel:
    settings = {"base_url": "https://forum.example.com", "username": "kestrel"}
    return connected("discourse", {"webhook_secret": SECRET}, account_id="7", **settings)


@pytest.fixture
def linkedin() -> Channel:
    return connected("linkedin", {"client_secret": CLIENT_SECRET}, account_id=ACCOUNT)


def deliver(channel: Channel, body: bytes, headers: dict[str, str]) -> Any:
    return Client().post(
        f"/webhooks/{channel.pk}/", body, content_type="application/json", headers=headers
    )


def test_a_post_in_the_forum_becomes_a_ticket_once(discourse: Channel) -> None:
    body, headers = Forum().delivery(Forum().write("Where is my parcel?"))
    answers = [deliver(discourse, body, headers).json() for _ in range(2)]
    assert [answer["created"] for answer in answers] == [1, 0]
    assert Post.objects.get().ticket is not None


def test_the_forums_messages_of_one_topic_are_one_ticket(discourse: Channel) -> None:
    forum = Forum()
    first = forum.write("My order", is_message=True)
    second = forum.write("Hello?", under=first)
    for post in (second, first):
        deliver(discourse, *forum.delivery(post))
    assert Post.objects.values("ticket").distinct().count() == 1
    assert set(Post.objects.values_list("conversation", flat=True)) == {f"topic:{first.topic}"}


def test_a_removed_post_is_deleted(discourse: Channel) -> None:
    forum = Forum()
    post = forum.write("Where is my parcel?")
    deliver(discourse, *forum.delivery(post))
    deliver(discourse, *forum.delivery(post, "post_destroyed"))
    assert Post.objects.get().deleted_at is not None


def test_a_ping_is_answered(discourse: Channel) -> None:

    body = b'{"ping":"OK"}'
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Discourse-Event": "ping", "X-Discourse-Event-Signature": f"sha256={signature}"}
    assert deliver(discourse, body, headers).status_code == 200
    assert not QuarantinedPayload.objects.exists()


def test_what_linkedin_names_is_read_by_a_job(linkedin: Channel) -> None:
    company = CompanyPage()
    body, headers = company.delivery(company.write("hello"))
    assert deliver(linkedin, body, headers).status_code == 200
    assert OrmQ.objects.get().task["func"] == "inbox.tasks.read_unread"


def test_linkedin_is_answered_its_challenge(linkedin: Channel) -> None:
    answer = Client().get(f"/webhooks/{linkedin.pk}/", {"challengeCode": "c"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json()["challengeCode"] == "c"
