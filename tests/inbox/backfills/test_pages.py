"""The pages of back-fills, for admins alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from inbox.connectors.errors import Unreachable
from inbox.models import Backfill, Channel, ChannelQuota
from inbox.services import backfills
from inbox.services.sampling import Sample, sample
from tests.inbox.backfills.conftest import Past

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("departments")]
As = Callable[[User], Client]


def test_an_estimate_is_told_from_the_newest_pages(
    as_user: As, admin: User, square: Channel, past: Past
) -> None:
    page = as_user(admin).post(reverse("inbox:backfill_estimate", args=[square.pk]))
    assert "Told from 10 posts on the newest pages (4)" in page.content.decode()


def test_an_estimate_counts_days_requests_and_quota(square: Channel, past: Past) -> None:
    resets = timezone.now() + timedelta(hours=1)
    ChannelQuota.objects.create(channel=square, name="app", limit=9, remaining=5, resets_at=resets)
    found = sample(channel=square).estimate(90)
    assert found.posts == pytest.approx(100, abs=5)
    assert found.requests == pytest.approx(40, abs=2)
    assert (found.allowed, found.is_over_quota) == (5, True)


def test_pages_that_reach_only_the_last_hours_are_not_taken_for_the_week() -> None:
    now = timezone.now()
    seen = Sample(posts=100, pages=4, has_more=True, oldest=now - timedelta(hours=12), newest=now)
    assert seen.estimate(7).posts == 1400


def test_a_network_that_fails_while_looked_at_is_told(
    as_user: As, admin: User, square: Channel, past: Past
) -> None:
    past.faults = [Unreachable("answers 502")]
    page = as_user(admin).post(reverse("inbox:backfill_estimate", args=[square.pk]))
    assert "The network answers 502." in page.content.decode()


def test_an_admin_begins_watches_and_stops(
    as_user: As, admin: User, square: Channel, past: Past
) -> None:
    client = as_user(admin)
    address = reverse("inbox:backfills", args=[square.pk])
    begun = client.post(address, {"days": "7", "most": "1000"})
    task = Backfill.objects.get()
    assert begun["Location"] == reverse("inbox:backfill", args=[task.pk])
    backfills.run(task=task, seconds=0.0001)
    page = client.get(reverse("inbox:backfill_progress", args=[task.pk]))
    assert "3 posts read, of about" in page.content.decode()
    for do in ("pause", "resume", "cancel"):
        client.post(reverse("inbox:backfill_change", args=[task.pk, do]))
    task.refresh_from_db()
    assert task.state == Backfill.State.CANCELLED
    assert "HX-Refresh" in client.get(reverse("inbox:backfill_progress", args=[task.pk]))
    assert "3" in client.get(address).content.decode()


def test_a_second_one_is_refused_in_words(as_user: As, admin: User, task: Backfill) -> None:
    address = reverse("inbox:backfills", args=[task.channel_id])
    page = as_user(admin).post(address, {"days": "1", "most": "1000"}, follow=True)
    assert "under way" in page.content.decode()


def test_a_channel_that_cannot_be_asked_says_so(as_user: As, admin: User, channel: Channel) -> None:
    page = as_user(admin).get(reverse("inbox:backfills", args=[channel.pk]))
    assert "Nothing can be read back" in page.content.decode()


def test_a_lead_may_not(as_user: As, lead: User, task: Backfill) -> None:
    client = as_user(lead)
    addresses = [
        reverse("inbox:backfills", args=[task.channel_id]),
        reverse("inbox:backfill", args=[task.pk]),
        reverse("inbox:backfill_progress", args=[task.pk]),
    ]
    assert [client.get(address).status_code for address in addresses] == [403] * 3
    change = reverse("inbox:backfill_change", args=[task.pk, "cancel"])
    assert client.post(change).status_code == 403


def test_who_began_and_stopped_one_is_in_the_audit_trail(task: Backfill, admin: User) -> None:
    from pghistory.models import Events

    backfills.cancel(task=task, by=admin)
    found = Events.objects.tracks(task)  # type: ignore[no-untyped-call]
    rows = found.values_list("pgh_data__state", "pgh_context__user")
    assert [str(row) for row in rows] == [
        str(("running", admin.pk)),
        str(("cancelled", admin.pk)),
    ]
