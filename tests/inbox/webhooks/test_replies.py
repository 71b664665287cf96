"""Where a channel of the signed webhook sends its replies: the settings page and its service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from inbox.connectors.base import network_of
from inbox.connectors.webhook import parse_delivery
from inbox.models import Channel
from inbox.services.access import access_of, secrets_of
from tests.inbox.webhooks.sender import a_post, body_of
from tests.networks.stub import Answer, Stub, running
from tests.networks.webhook import Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.integration]


@pytest.fixture
def admins_browser(as_user: Callable[[User], Client], admin: User) -> Client:
    return as_user(admin)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def stub(receiver: Receiver, hook: Channel, settings: object) -> Iterator[Stub]:
    """The receiver, which knows the channel's secret; on this machine, so private is allowed."""
    settings.ALLOW_PRIVATE_ADDRESSES = True  # type: ignore[attr-defined]
    receiver.secret = hook.secret or ""
    with running(receiver) as found:
        yield found


def set_up(client: Client, hook: Channel, address: str, **more: str) -> str:
    page = client.post(
        reverse("inbox:channel_replies", args=[hook.pk]),
        {"reply_url": address, **more},
        follow=True,
    )
    hook.refresh_from_db()
    return page.content.decode()


def test_the_receiver_is_greeted_and_what_it_can_is_shown(
    admins_browser: Client, hook: Channel, stub: Stub
) -> None:
    page = set_up(admins_browser, hook, f"{stub.url}/replies")
    assert hook.settings["reply_supports"] == "private edit delete attachments lookup"
    assert "reply in private" in page
    network = network_of("webhook")
    assert network is not None
    assert network.able(hook.settings).reply


def test_a_receiver_that_does_not_know_us_changes_nothing(
    admins_browser: Client, hook: Channel, stub: Stub
) -> None:
    stub.next(Answer(401, {}))
    page = set_up(admins_browser, hook, f"{stub.url}/replies")
    assert "does not know the secret" in page
    assert "reply_url" not in hook.settings


def test_a_private_address_is_refused(
    admins_browser: Client, hook: Channel, stub: Stub, settings: object
) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False  # type: ignore[attr-defined]
    assert "only public addresses" in set_up(admins_browser, hook, f"{stub.url}/replies")
    assert stub.asked == []


def test_a_secret_of_its_own_is_kept_and_never_shown(
    admins_browser: Client, hook: Channel, stub: Stub, receiver: Receiver
) -> None:
    receiver.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    page = set_up(admins_browser, hook, f"{stub.url}/replies", reply_secret=receiver.secret)
    assert secrets_of(hook)["reply_secret"] == receiver.secret
    assert receiver.secret not in page
    assert hook.credentials is not None


def test_a_secret_of_another_form_is_refused(
    admins_browser: Client, hook: Channel, stub: Stub
) -> None:
    page = set_up(admins_browser, hook, f"{stub.url}/replies", reply_secret="hunter2")
    assert "whsec_" in page
    assert stub.asked == []


def test_without_an_address_replies_end(admins_browser: Client, hook: Channel, stub: Stub) -> None:
    set_up(admins_browser, hook, f"{stub.url}/replies")
    set_up(admins_browser, hook, "")
    assert not [name for name in hook.settings if name.startswith("reply_")]
    assert secrets_of(hook) == {}


def test_while_the_secret_changes_both_sign(hook: Channel) -> None:
    old = hook.secret
    hook.secret, hook.previous_secret = "whsec_new", old
    hook.previous_secret_until = timezone.now() + timedelta(hours=1)
    assert access_of(hook).secrets["secret"] == f"whsec_new {old}"
    hook.previous_secret_until = timezone.now() - timedelta(hours=1)
    assert access_of(hook).secrets["secret"] == "whsec_new"


def test_other_channels_have_no_such_page(admins_browser: Client, hook: Channel) -> None:
    Channel.objects.update(connector="feed")
    address = reverse("inbox:channel_replies", args=[hook.pk])
    assert admins_browser.post(address, {"reply_url": ""}).status_code == 404


def test_what_a_sender_wants_back_is_given_back(hook: Channel) -> None:
    (post,) = parse_delivery(body_of([a_post(details={"board": "north"}, conversation="u1")])).posts
    assert post.details == {"board": "north", "conversation": "u1"}
    (refused,) = parse_delivery(body_of([a_post(details={"board": "x" * 10_001})])).refused
    assert refused.field == "posts[0].details"
