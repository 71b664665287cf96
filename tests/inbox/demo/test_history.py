"""The fortnight: its size, order, rhythm and events."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from inbox.connectors.types import Verb
from inbox.demo.content import load
from inbox.demo.history import generate
from inbox.demo.network import Heard

NOW = datetime(2026, 3, 18, 15, 20, tzinfo=UTC)


@cache
def fortnight() -> list[Heard]:
    return generate(NOW, 7)


def new_posts() -> list[Heard]:
    return [heard for heard in fortnight() if heard.is_new]


def theirs() -> list[Heard]:
    return [heard for heard in new_posts() if not heard.post.is_own]


def test_about_two_thousand_posts_come_in_order_within_the_fortnight() -> None:
    assert 1_950 <= len(new_posts()) <= 2_100
    times = [heard.at for heard in fortnight()]
    assert times == sorted(times)
    assert times[0] >= NOW - timedelta(days=14)
    assert times[-1] <= NOW


def test_the_same_seed_tells_the_same_story_and_another_seed_another() -> None:
    again = generate(NOW, 7)
    assert again == fortnight()
    assert generate(NOW, 8) != again


def test_no_id_is_given_twice() -> None:
    names = [(heard.channel, heard.post.external_id) for heard in new_posts()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("hour", [0, 7, 23])
def test_it_works_at_any_hour_of_the_day(hour: int) -> None:
    now = datetime(2026, 1, 1, hour, 30, tzinfo=UTC)
    heard = generate(now, 3)
    assert all(h.at <= now for h in heard)
    assert 1_900 <= sum(h.is_new for h in heard) <= 2_100


def test_fewer_posts_are_a_thinner_fortnight() -> None:
    heard = generate(NOW, 7, 200)
    assert 150 <= sum(h.is_new for h in heard) <= 300


def test_everything_hangs_under_something_that_came_before() -> None:
    known: set[tuple[str, str]] = set()
    for heard in fortnight():
        post = heard.post
        anchor = post.parent_external_id if heard.is_new else post.external_id
        assert not anchor or (heard.channel, anchor) in known
        known.add((heard.channel, post.external_id))


def test_what_people_write_is_hardly_ever_the_same() -> None:
    longer = [heard.post.text for heard in theirs() if len(heard.post.text) > 45]
    assert len(set(longer)) / len(longer) > 0.98


def test_all_slots_are_filled() -> None:
    assert [h.post.text for h in new_posts() if "{" in h.post.text or "}" in h.post.text] == []


def test_each_channel_kind_and_department_has_its_share() -> None:
    assert {h.channel for h in new_posts()} == set(load().channels)
    kinds = Counter(h.post.kind for h in theirs())
    assert kinds.keys() == {"post", "comment", "mention", "direct_message", "review"}
    departments = Counter(h.expected for h in theirs())
    assert all(departments[d] >= 200 for d in ("customer_service", "marketing", "pr", "hr"))


def test_private_messages_are_private_and_reviews_have_stars() -> None:
    for heard in new_posts():
        assert heard.post.is_private == (heard.post.kind == "direct_message")
        assert (heard.post.rating is not None) == (heard.post.kind == "review")


def test_the_page_writes_as_itself() -> None:
    channels = load().channels
    for heard in new_posts():
        assert heard.post.author is not None
        is_the_page = heard.post.author.external_id in channels[heard.channel].own_ids
        assert heard.post.is_own == is_the_page
    assert sum(h.post.is_own for h in new_posts()) >= 150


def test_posts_are_edited_deleted_and_liked() -> None:
    verbs = Counter(heard.post.verb for heard in fortnight())
    assert verbs[Verb.DELETE] >= 10
    assert verbs[Verb.COUNT] >= 100
    assert sum(heard.post.edited_at is not None for heard in fortnight()) >= 10


def test_nights_are_quieter_than_days() -> None:
    hours = Counter(h.at.hour for h in theirs())
    night = sum(hours[h] for h in range(1, 5)) / 4
    day = sum(hours[h] for h in range(8, 22)) / 14
    assert night < day / 4


def test_the_palm_oil_wave_rises_fast_and_dies_down() -> None:
    about_palm = [h for h in theirs() if h.expected == "pr" and _days_ago(h) in (2, 3, 4)]
    by_day = Counter(_days_ago(h) for h in about_palm)
    usual = sum(h.expected == "pr" for h in theirs()) / 14
    assert by_day[4] > 2 * usual
    assert by_day[4] > by_day[3]
    assert any("Varu Mills" in h.post.text for h in about_palm)


def test_the_launch_the_outage_and_the_hiring_day_show() -> None:
    def share(department: str, days_ago: int) -> float:
        that_day = [h for h in theirs() if _days_ago(h) == days_ago]
        return sum(h.expected == department for h in that_day) / len(that_day)

    assert share("marketing", 10) > share("marketing", 12)
    assert share("customer_service", 7) > 0.5
    assert share("hr", 2) > 2 * share("hr", 12)


def test_known_journalists_are_told_by_their_handles() -> None:
    known = {account["handle"] for account in load().names["known"]["journalist"]}
    handles = {h.post.author.handle for h in theirs() if h.post.author}
    assert len(known & handles) >= 3


def _days_ago(heard: Heard) -> int:
    return (NOW.date() - heard.at.date()).days
