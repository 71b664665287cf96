"""Words that may be kept no longer are gone, everywhere, and what happened stays."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import Department, User
from inbox.connectors.types import IncomingAuthor, IncomingPost, Verb
from inbox.models import (
    Channel,
    Import,
    Post,
    PostVersion,
    Preview,
    QuarantinedPayload,
    RawPayload,
    Ticket,
    TicketEvent,
)
from inbox.queries.find import search
from inbox.services import forgetting
from inbox.services.forgetting import forget_due
from inbox.services.receive import receive
from inbox.services.tickets import hand_over
from inbox.timeline import sentence_of
from routing.models import Lesson
from tests.inbox.views.conftest import Browser, browser
from tests.towns import Town

pytestmark = pytest.mark.django_db
__all__ = ["browser"]
SECRET = "zanzibarian"  # a word nothing else holds
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def disk(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def said(name: str, **more: object) -> IncomingPost:
    fields: dict[str, object] = {
        "text": f"My {SECRET} parcel, {name}.",
        "posted_at": timezone.now() - timedelta(hours=2),
        "author": IncomingAuthor("u1", name="Rosa"),
        "raw": json.dumps({"text": SECRET, "id": name}).encode(),
    }
    return IncomingPost(name, **(fields | more))  # type: ignore[arg-type]


def deleted(name: str, days_ago: float) -> IncomingPost:
    return IncomingPost(name, Verb.DELETE, posted_at=timezone.now() - days_ago * DAY)


def came(days_ago: float) -> None:
    Post.objects.update(received_at=timezone.now() - days_ago * DAY)


def traces() -> dict[str, str]:
    """Every row of the database and every file in which the word still stands."""
    from django.apps import apps
    from django.core import serializers

    models = [m for m in apps.get_models() if m._meta.app_label in {"inbox", "routing"}]
    found = {}
    for model in models:
        text = serializers.serialize("json", model._default_manager.all())
        if SECRET in text:
            found[model.__name__] = text[:300]
    return found


def test_a_deleted_private_message_loses_its_words_after_a_day(channel: Channel) -> None:
    receive(channel, [said("a", is_private=True)])
    receive(channel, [deleted("a", 0.9)])
    assert forget_due() == 0
    Post.objects.update(deleted_at=timezone.now() - DAY)
    assert forget_due() == 1
    assert forget_due() == 0
    assert Post.objects.get().text == ""


def test_a_deleted_public_post_keeps_its_words_as_long_as_the_channel_does(
    channel: Channel,
) -> None:
    receive(channel, [said("a")])
    receive(channel, [deleted("a", 90)])
    assert forget_due() == 0
    Channel.objects.update(retention_days=3)
    came(3.1)
    assert forget_due() == 1


def test_no_trace_of_the_words_is_left(
    channel: Channel, agent: User, departments: dict[str, Department], lead: User
) -> None:
    receive(channel, [said("a", is_private=True)])
    later = timezone.now() - timedelta(hours=1)
    receive(channel, [said("a", text=f"Edited {SECRET}", edited_at=later, is_private=True)])
    ticket = Ticket.objects.get()
    Ticket.objects.update(department=departments["customer_service"])
    hand_over(ticket=Ticket.objects.get(), to=departments["pr"], by=agent, reason="Theirs")
    QuarantinedPayload.objects.create(
        channel=channel, source="webhook", raw=b'{"id": "a", "text": "%b"}' % SECRET.encode(),
        digest="x", reason="text is torn",
    )  # fmt: skip
    task = Import(channel=channel, name="old.csv", state="done", finished_at=timezone.now())
    task.file.save("old.csv", ContentFile(SECRET.encode()))
    Preview.objects.create(post=Post.objects.get(), number=0, digest="x")
    assert {"Post", "PostVersion", "Ticket", "Lesson"} <= traces().keys()
    receive(channel, [deleted("a", 2)])
    assert forget_due() == 1
    assert traces() == {}
    assert not RawPayload.objects.exists()
    assert not Preview.objects.exists()
    assert bytes(QuarantinedPayload.objects.get().raw) == b""
    assert not Import.objects.get().file
    assert Lesson.objects.get().to_department == departments["pr"]
    assert search(lead, SECRET).hits == ()
    assert ticket.pk


def test_words_told_again_are_not_taken(channel: Channel) -> None:
    receive(channel, [said("a", is_private=True)])
    receive(channel, [deleted("a", 2)])
    forget_due()
    edited = timezone.now()
    assert receive(channel, [said("a", edited_at=edited, text="Anew")]).duplicates == 1
    assert (Post.objects.get().text, PostVersion.objects.count()) == ("", 0)


def test_what_a_network_demands_is_the_most_a_channel_may_keep(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(town, "retention", timedelta(hours=48), raising=False)
    channel = Channel.objects.create(
        name="Square", network="town", connector="town", retention_days=30
    )
    receive(channel, [said("a"), said("b", is_own=True, parent_external_id="a")])
    came(1.9)
    assert forget_due() == 0
    came(2.1)
    assert forget_due() == 1
    assert Post.objects.get(external_id="b").text
    event = TicketEvent.objects.get(kind="words_removed")
    assert sentence_of(event, {}) == "Words were removed after 48 hours, as Town square demands"


def test_killed_in_the_middle_it_goes_on(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 2)
    receive(channel, [said(f"p{number}") for number in range(5)])
    came(4)
    Channel.objects.update(retention_days=3)
    real, calls = forgetting.forget_words, []

    def killed(**given: object) -> int:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(forgetting, "forget_words", killed)
    with pytest.raises(KeyboardInterrupt):
        forget_due()
    assert Post.objects.exclude(words_removed_at=None).count() == 2
    assert forget_due() == 3
    assert forget_due() == 0
    assert TicketEvent.objects.filter(kind="words_removed").count() == 5


def test_the_page_and_the_api_say_that_words_were_removed(
    channel: Channel, agent: User, departments: dict[str, Department], browser: Browser
) -> None:
    receive(channel, [said("a", is_private=True)])
    Ticket.objects.update(department=departments["customer_service"])
    receive(channel, [deleted("a", 2)])
    forget_due()
    pk = Ticket.objects.get().pk
    page = browser(agent).get(f"/t/{pk}/").content.decode()
    assert "may be kept no longer" in page
    assert "deleted on the network" in page
    assert SECRET not in page
    (told,) = browser(agent).get(f"/api/tickets/{pk}/posts").json()["results"]
    assert told["text"] == ""
    assert told["words_removed_at"]


def test_a_deleted_post_speaks_for_its_ticket_no_longer(
    channel: Channel, agent: User, departments: dict[str, Department], browser: Browser
) -> None:
    receive(channel, [said("a"), said("b", text="And another thing", parent_external_id="a")])
    Ticket.objects.update(department=departments["customer_service"])
    receive(channel, [deleted("b", 0)])
    assert SECRET in Ticket.objects.get().excerpt
    receive(channel, [deleted("a", 0)])
    assert Ticket.objects.get().excerpt == ""
    listed = browser(agent).get("/q/all/").content.decode()
    exported = browser(agent).get("/api/tickets/export").getvalue()
    assert SECRET not in listed
    assert SECRET.encode() not in exported


def test_admins_set_how_long_within_what_the_network_allows(
    town: Town, admin: User, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(town, "retention", timedelta(hours=48), raising=False)
    channel = Channel.objects.create(name="Square", network="town", connector="town")
    page: Client = browser(admin)
    form = {"name": "Square", "network": "town", "reopen_days": 14, "retention_days": 3}
    answer = page.post(f"/settings/channels/{channel.pk}/", form)
    assert "allows 48 hours at most" in answer.content.decode()
    page.post(f"/settings/channels/{channel.pk}/", form | {"retention_days": 2})
    channel.refresh_from_db()
    assert channel.retention_days == 2
