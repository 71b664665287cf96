"""Pictures of posts come through us, made small, to whoever may see the ticket."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ
from PIL import Image
from pytest_django.fixtures import Settings

from accounts.models import Department, User
from inbox.connectors import media
from inbox.connectors.media import Fault, MediaError
from inbox.models import Channel, Post, Preview, Ticket
from inbox.queries.pictures import load_previews
from inbox.services import previews
from tests.factories import make_post, make_ticket
from tests.inbox.pictures.test_stripping import PLACE, jpeg, saved
from tests.inbox.views.conftest import Browser, browser, hr_ticket

pytestmark = pytest.mark.django_db
__all__ = ["browser", "hr_ticket"]
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture(autouse=True)
def disk(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes | Fault]:
    """What is at each address; what is not there is gone."""
    there: dict[str, bytes | Fault] = {}

    def fetch(address: str, **_: Any) -> bytes:
        found = there.get(address, Fault.GONE)
        if isinstance(found, Fault):
            raise MediaError(found)
        return found

    monkeypatch.setattr(media, "fetch", fetch)
    return there


def shown(ticket: Ticket, **item: str) -> Post:
    """The ticket's opening post, with a picture."""
    post = ticket.opening_post
    assert post is not None
    post.attachments = [{"type": "image", "url": "https://cdn.example/a.jpg", "alt": "", **item}]
    post.save()
    return post


@pytest.fixture
def ticket(channel: Channel, departments: dict[str, Department]) -> Ticket:
    return make_ticket(channel, departments["customer_service"])


def address(post: Post, more: str = "") -> str:
    return f"/media/posts/{post.pk}/0/{more}"


def fetched(post: Post) -> Preview:
    """The preview after its job ran."""
    row = previews.ask_for(post=post, number=0)
    assert row is not None
    previews.fetch(preview_id=row.pk)
    row.refresh_from_db()
    return row


def test_a_picture_is_fetched_by_a_job_and_served_so_that_nothing_runs(
    ticket: Ticket, agent: User, browser: Browser, network: dict[str, bytes | Fault]
) -> None:
    post, page = shown(ticket), browser(agent)
    network["https://cdn.example/a.jpg"] = jpeg()
    assert page.get(address(post)).status_code == 404
    assert OrmQ.objects.count() == 1
    fetched(post)
    answer = page.get(address(post))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    with Image.open(BytesIO(answer.content)) as picture:
        assert picture.size == (8, 4)
    assert PLACE not in answer.content


def test_outsiders_get_404_and_cause_no_request(
    hr_ticket: Ticket, agent: User, outsider: User, browser: Browser
) -> None:
    post = shown(hr_ticket)
    for person in (agent, outsider):
        for more in ("", "card/"):
            assert browser(person).get(address(post, more)).status_code == 404
    assert not Preview.objects.exists()
    assert not OrmQ.objects.exists()


def test_the_pages_own_post_shows_its_picture_to_those_who_see_a_ticket_under_it(
    channel: Channel, departments: dict[str, Department], agent: User, outsider: User,
    browser: Browser,
) -> None:  # fmt: skip
    items = [{"type": "image", "url": "https://cdn.example/a.jpg", "alt": ""}]
    root = make_post(channel=channel, is_own=True, attachments=items)
    ticket = make_ticket(channel, departments["customer_service"])
    opening = shown(ticket)
    opening.parent = root
    opening.save()
    assert browser(agent).get(address(root, "card/")).status_code == 200
    assert browser(outsider).get(address(root, "card/")).status_code == 404


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (SVG, Fault.NO_PICTURE),
        (b"<html><script>alert(1)</script>", Fault.NO_PICTURE),
        (b"\xff\xd8\xff\xe0 and no more", Fault.NO_PICTURE),
        (Fault.GONE, Fault.GONE),
    ],
)
def test_what_is_no_picture_is_said_to_be_none(
    ticket: Ticket, agent: User, browser: Browser, network: dict[str, bytes | Fault],
    content: bytes | Fault, fault: Fault,
) -> None:  # fmt: skip
    post = shown(ticket)
    network["https://cdn.example/a.jpg"] = content
    assert fetched(post).fault == fault
    assert browser(agent).get(address(post)).status_code == 404
    card = browser(agent).get(address(post, "card/")).content.decode()
    assert "<img" not in card
    assert "Open the network" in card


def test_a_picture_that_failed_is_left_alone_for_a_while(
    ticket: Ticket, network: dict[str, bytes | Fault]
) -> None:
    post = shown(ticket)
    fetched(post)
    OrmQ.objects.all().delete()
    previews.ask_for(post=post, number=0)
    assert not OrmQ.objects.exists()
    Preview.objects.update(until=timezone.now() - timedelta(seconds=1))
    previews.ask_for(post=post, number=0)
    assert OrmQ.objects.count() == 1


def test_many_who_look_make_one_job(ticket: Ticket) -> None:
    post = shown(ticket)
    for _ in range(5):
        previews.ask_for(post=post, number=0)
    assert OrmQ.objects.count() == 1


def test_few_are_fetched_at_a_time_and_the_others_follow(
    ticket: Ticket, settings: Settings, network: dict[str, bytes | Fault]
) -> None:
    settings.WORKERS = 2
    post = shown(ticket)
    post.attachments = post.attachments * 2
    post.save()
    first, second = (previews.ask_for(post=post, number=number) for number in (0, 1))
    assert first is not None
    assert second is not None
    later = timezone.now() + timedelta(minutes=1)
    Preview.objects.filter(pk=first.pk).update(state="fetching", until=later)
    assert not previews.fetch(preview_id=second.pk)
    Preview.objects.filter(pk=first.pk).update(state="failed")
    assert previews.fetch_waiting(seconds=5) == 1


def test_the_oldest_go_when_the_budget_is_used_up(
    ticket: Ticket, settings: Settings, network: dict[str, bytes | Fault]
) -> None:
    network["https://cdn.example/a.jpg"] = saved("PNG")
    settings.PREVIEW_BUDGET_MB = 0
    row = fetched(shown(ticket))
    assert default_storage.exists(row.file)
    assert previews.tidy() == 1
    assert not default_storage.exists(row.file)
    assert not Preview.objects.exists()


def test_the_thread_shows_the_picture_with_its_description(
    ticket: Ticket, agent: User, browser: Browser, network: dict[str, bytes | Fault]
) -> None:
    network["https://cdn.example/a.jpg"] = jpeg()
    post = shown(ticket, alt='A "burnt" <loaf>')
    page = browser(agent).get(f"/t/{ticket.pk}/").content.decode()
    assert f'hx-get="{address(post, "card/")}"' in page
    fetched(post)
    page = browser(agent).get(f"/t/{ticket.pk}/").content.decode()
    assert f'src="{address(post)}" alt="A &quot;burnt&quot; &lt;loaf&gt;"' in page
    assert 'src="https://' not in page


def test_a_video_shows_its_still_or_a_link(
    ticket: Ticket, agent: User, browser: Browser, network: dict[str, bytes | Fault]
) -> None:
    network["https://cdn.example/still.jpg"] = jpeg()
    bare = shown(ticket, type="video", url="https://cdn.example/v.mp4")
    assert previews.ask_for(post=bare, number=0) is None
    assert "v.mp4" in browser(agent).get(f"/t/{ticket.pk}/").content.decode()
    still = shown(ticket, type="video", preview="https://cdn.example/still.jpg")
    assert fetched(still).state == "ready"


def test_a_picture_whose_file_was_lost_is_fetched_again(
    ticket: Ticket, agent: User, browser: Browser, network: dict[str, bytes | Fault]
) -> None:
    network["https://cdn.example/a.jpg"] = jpeg()
    post = shown(ticket)
    default_storage.delete(fetched(post).file)
    assert browser(agent).get(address(post)).status_code == 404
    fetched(post)
    assert browser(agent).get(address(post)).status_code == 200


def test_pictures_cost_one_query_however_many(ticket: Ticket) -> None:
    posts = [shown(ticket), *(make_post(ticket) for _ in range(5))]
    with CaptureQueriesContext(connection) as asked:
        load_previews(posts)
        assert [list(post.previews.all()) for post in posts] == [[]] * 6
    assert len(asked) == 1
