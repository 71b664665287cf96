"""Channels over the API: health, pausing, reading back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pghistory.models import Events

from accounts.models import User
from inbox.forms.connecting import PAST_PERIODS
from inbox.models import Backfill, Channel, ChannelState, IntakeHour, Post
from inbox.services.sampling import sample
from routing.services import raise_alarm
from tests.factories import make_channel
from tests.inbox.backfills.conftest import Past, past, square, task

__all__ = ["past", "square", "task"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("departments")]
As = Callable[[User], Client]


def test_health_is_told(as_user: As, admin: User, square: Channel) -> None:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    IntakeHour.objects.create(channel=square, hour=hour, new=3, gaps=1, lag_median=2.0)
    ChannelState.objects.update(failures=7, next_poll_at=hour, last_error="answers 503")
    raise_alarm(f"channel-silent-{square.pk}", "Silent.", "warning")
    told = as_user(admin).get(f"/api/channels/{square.pk}/health").json()
    assert (told["new"], told["gaps"], told["lag"], told["breaker"]) == (3, 1, 2.0, "half_open")
    assert (told["alarms"], len(told["hours"])) == (["Silent."], 1)
    assert "token" not in str(told)


def test_pausing_and_resuming_are_in_the_audit_trail(
    as_user: As, admin: User, square: Channel
) -> None:
    client = as_user(admin)
    assert client.post(f"/api/channels/{square.pk}/pause").json()["is_active"] is False
    assert client.post(f"/api/channels/{square.pk}/resume").json()["is_active"] is True
    found = Events.objects.tracks(square)  # type: ignore[no-untyped-call]
    last = found.order_by("-pgh_created_at").values_list("pgh_context__user", flat=True)
    assert str(last[0]) == str(admin.pk)


def test_a_back_fill_is_begun_watched_and_stopped(
    as_user: As, admin: User, square: Channel, past: Past
) -> None:
    client = as_user(admin)
    address = f"/api/channels/{square.pk}/back-fills"
    begun = client.post(
        address, {"days": 30, "most": 50, "confirmed": True}, content_type="application/json"
    )
    assert begun.status_code == 201
    one = f"/api/back-fills/{begun.json()['id']}"
    again = client.post(address, {"days": 7}, content_type="application/json")
    assert again.status_code == 422
    assert "under way" in again.content.decode()
    assert client.post(f"{one}/pause").json()["state"] == "paused"
    more = client.post(f"{one}/resume", {"more": 50}, content_type="application/json").json()
    assert (more["state"], more["most"]) == ("running", 100)
    assert client.post(f"{one}/cancel").json()["state"] == "cancelled"
    assert [row["state"] for row in client.get(address).json()] == ["cancelled"]


def test_an_estimate_is_told_and_nothing_kept(
    as_user: As, admin: User, square: Channel, past: Past
) -> None:
    told = as_user(admin).post(f"/api/channels/{square.pk}/back-fills/estimate").json()
    page = {one.days: one.posts for one in map(sample(channel=square).estimate, PAST_PERIODS)}
    assert {one["days"]: one["posts"] for one in told["estimates"]} == page
    assert page[30] > 10
    assert (told["posts"], told["fault"]) == (10, "")
    assert not Post.objects.exists()
    assert not Backfill.objects.exists()


def test_more_than_a_week_is_read_back_only_when_confirmed(
    as_user: As, admin: User, square: Channel, past: Past
) -> None:
    def begin(**said: object) -> Any:
        address = f"/api/channels/{square.pk}/back-fills"
        return as_user(admin).post(address, {"days": 8, **said}, content_type="application/json")

    refused = begin()
    assert refused.status_code == 400
    assert "10,000 posts of 8 days" in refused.content.decode()
    assert not Backfill.objects.exists()
    assert begin(confirmed=True).status_code == 201


@pytest.mark.parametrize("stated", [None, 123])
def test_a_back_fill_knows_how_many_posts_are_expected(
    as_user: As, admin: User, square: Channel, past: Past, stated: int | None
) -> None:
    said = {"days": 7} if stated is None else {"days": 7, "expected": stated}
    address = f"/api/channels/{square.pk}/back-fills"
    begun = as_user(admin).post(address, said, content_type="application/json").json()
    assert begun["expected"] == (stated or sample(channel=square).estimate(7).posts) > 0


def test_a_network_that_cannot_be_asked_has_no_estimate(as_user: As, admin: User) -> None:
    address = f"/api/channels/{make_channel(connector='webhook').pk}/back-fills"
    for path, said in ((f"{address}/estimate", {}), (address, {"days": 1})):
        answer = as_user(admin).post(path, said, content_type="application/json")
        assert answer.status_code == 422
        assert "cannot be read" in answer.content.decode()


def test_who_is_no_admin_is_refused(as_user: As, lead: User, task: Backfill) -> None:
    client = as_user(lead)
    pk = task.channel_id
    asked = [client.get(f"/api/channels/{pk}/health"), client.get(f"/api/back-fills/{task.pk}")]
    asked += [
        client.post(f"/api/channels/{pk}/pause"),
        client.get(f"/api/channels/{pk}/back-fills"),
        client.post(f"/api/channels/{pk}/back-fills/estimate"),
    ]
    asked += [client.post(f"/api/back-fills/{task.pk}/cancel")]
    assert [answer.status_code for answer in asked] == [403] * 6
    assert Channel.objects.get(pk=pk).is_active
