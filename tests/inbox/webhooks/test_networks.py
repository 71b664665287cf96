"""Deliveries in a network's own format, by the example of Facebook: signed, for several pages."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ

from inbox.connectors.errors import Unreachable
from inbox.connectors.facebook import Facebook
from inbox.models import Channel, ChannelState, Post, QuarantinedPayload
from inbox.services.access import store_credentials
from inbox.tasks import read_unread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("departments")]
SECRET = "app-secret"


def page(account: str, *, secret: str = SECRET, **fields: Any) -> Channel:
    channel = Channel.objects.create(
        name=f"Page {account}", network="facebook", connector="facebook",
        settings={"account_id": account}, own_ids=[account], **fields,
    )  # fmt: skip
    ChannelState.objects.create(channel=channel)
    secrets = {"app_secret": secret, "page_token": "t", "verify_token": "verify"}
    store_credentials(channel=channel, secrets=secrets, by=None)
    return channel


def comment(name: str, account: str = "11", text: str = "Where is my parcel?") -> dict[str, Any]:
    now = int(timezone.now().timestamp())
    value = {
        "item": "comment", "verb": "add", "comment_id": f"9_{name}", "post_id": f"{account}_9",
        "parent_id": f"{account}_9", "message": text, "created_time": now,
        "from": {"id": "77", "name": "Rosa Blum"},
    }  # fmt: skip
    return {"id": account, "time": now, "changes": [{"field": "feed", "value": value}]}


def deliver(channel: Channel, *entries: dict[str, Any], secret: str = SECRET, **more: Any) -> Any:
    body = json.dumps({"object": "page", "entry": entries}).encode()
    return deliver_bytes(channel, body, secret=secret, **more)


def deliver_bytes(channel: Channel, body: bytes, *, secret: str = SECRET, **more: Any) -> Any:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={signature}", **more}
    return Client().post(
        f"/webhooks/{channel.pk}/", body, content_type="application/json", headers=headers
    )


def test_a_signed_comment_becomes_a_ticket() -> None:
    channel = page("11")
    answer = deliver(channel, comment("1"))
    assert (answer.status_code, answer.json()["created"]) == (200, 1)
    assert Post.objects.get(text="Where is my parcel?").ticket is not None


def test_a_page_is_read_anew_only_after_a_change() -> None:
    channel = page("11")
    deliver(channel, comment("1"))
    with CaptureQueriesContext(connection) as asked:
        deliver(channel, comment("2"))
    assert not [query for query in asked.captured_queries if '"credentials"' in query["sql"]]
    Channel.objects.filter(pk=channel.pk).update(is_active=False)
    assert deliver(channel, comment("3")).status_code == 403


def test_the_second_delivery_changes_nothing() -> None:
    channel = page("11")
    sent = comment("1")
    deliver(channel, sent)
    assert deliver(channel, sent).json()["duplicates"] == 1


@pytest.mark.parametrize(
    "headers", [{"X-Hub-Signature-256": "sha256=00"}, {"X-Hub-Signature-256": ""}]
)
def test_a_delivery_that_proves_nothing_is_refused(headers: dict[str, str]) -> None:
    assert deliver(page("11"), comment("1"), **headers).status_code == 401
    assert not Post.objects.exists()


def test_one_app_delivers_for_several_pages() -> None:
    first, second = page("11"), page("22")
    answer = deliver(first, comment("1"), comment("2", "22", "A boycott, now!"))
    assert answer.json()["created"] == 2
    assert Post.objects.get(text="A boycott, now!").channel == second


def test_a_page_of_another_app_gets_nothing_from_this_one() -> None:
    first, stranger = page("11"), page("22", secret="another app's")
    deliver(first, comment("2", "22"))
    assert not Post.objects.filter(channel=stranger).exists()
    assert "for the page 22" in QuarantinedPayload.objects.get().reason


def test_a_channel_that_is_off_says_so_only_to_who_holds_the_secret() -> None:
    channel = page("11", is_active=False)
    assert deliver(channel, comment("1")).status_code == 403
    assert deliver(channel, comment("1"), secret="wrong").status_code == 404


def test_a_body_that_is_none_is_kept_whole_and_replayed_by_the_connector() -> None:
    channel = page("11")
    answer = deliver_bytes(channel, b'{"object": "page", "entry": 7}')
    assert answer.status_code == 400
    kept = QuarantinedPayload.objects.get()
    assert bytes(kept.raw) == b'{"object": "page", "entry": 7}'
    from inbox.services import quarantine

    repaired = json.dumps({"object": "page", "entry": [comment("1")]}).encode()
    assert quarantine.replay(payload=kept, by=None, raw=repaired).created == 1


def test_the_network_is_answered_when_it_asks_whether_to_deliver_here() -> None:
    channel = page("11", is_active=False)
    asked = {"hub.mode": "subscribe", "hub.challenge": "c1", "hub.verify_token": "verify"}
    address = f"/webhooks/{channel.pk}/"
    answer = Client().get(address, asked)
    assert (answer.status_code, answer.content) == (200, b"c1")
    assert Client().get(address, {**asked, "hub.verify_token": "guessed"}).status_code == 405


def test_what_a_delivery_only_names_is_read_by_a_job_of_the_same_transaction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = page("11")
    value = {"item": "comment", "verb": "add", "comment_id": "9_5", "post_id": "9"}
    entry = {"id": "11", "time": 1, "changes": [{"field": "mention", "value": value}]}
    answer = deliver(channel, entry)
    assert answer.status_code == 200
    job = OrmQ.objects.get()
    assert job.func() == "inbox.tasks.read_unread"

    def unreachable(*_: object) -> None:
        raise Unreachable("answers 502")

    monkeypatch.setattr(Facebook, "read", unreachable)
    with pytest.raises(Unreachable):
        read_unread(channel.pk, ["11/9_5"])


def test_credentials_that_do_not_open_ask_for_another_delivery() -> None:
    channel = page("11")
    Channel.objects.filter(pk=channel.pk).update(credentials="")
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbox_channel SET credentials = 'gAAAAAB-from-another-key'")
    assert deliver(channel, comment("1")).status_code == 503
