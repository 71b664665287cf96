"""Fresh posts while somebody watches."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from inbox.connectors.types import IncomingAuthor
from inbox.demo.history import generate
from inbox.demo.trickle import LONGEST_GAP, SHORTEST_GAP, Recent, trickle

NOW = datetime(2026, 3, 18, 15, 20, tzinfo=UTC)


def recent(**fields: object) -> Recent:
    author = IncomingAuthor("facebook-7", "priyaraman", "Priya Raman")
    posted_at = NOW - timedelta(minutes=20)
    values = {"language": "en", "department": "customer_service", "is_answered": True, **fields}
    return Recent("facebook", "884100271_1", author, posted_at=posted_at, **values)  # type: ignore[arg-type]


def test_the_same_arguments_give_the_same_posts() -> None:
    assert trickle(NOW, 5, 20, [recent()]) == trickle(NOW, 5, 20, [recent()])


def test_the_last_post_is_written_now_and_the_others_seconds_apart() -> None:
    times = [heard.at for heard in trickle(NOW, 0, 10)]
    assert abs((times[-1] - NOW).total_seconds()) < 0.01
    gaps = [(b - a).total_seconds() for a, b in pairwise(times)]
    assert all(SHORTEST_GAP - 0.01 <= gap <= LONGEST_GAP + 0.01 for gap in gaps)


def test_ids_never_come_again() -> None:
    first = trickle(NOW, 0, 400)
    later = trickle(NOW + timedelta(hours=2), 400, 400)
    past = [heard for heard in generate(NOW, 7) if heard.is_new]
    names = [(h.channel, h.post.external_id) for h in [*first, *later, *past]]
    assert len(set(names)) == len(names)


def test_hours_pass_before_a_text_comes_again() -> None:
    texts = [h.post.text for h in trickle(NOW, 0, 600) if len(h.post.text) > 45]
    assert len(set(texts)) == len(texts)


def test_every_department_gets_some() -> None:
    expected = {heard.expected for heard in trickle(NOW, 0, 100)}
    assert expected == {"customer_service", "marketing", "pr", "hr", ""}


def test_some_posts_answer_recent_ones() -> None:
    heard = trickle(NOW, 0, 100, [recent()])
    replies = [h for h in heard if h.post.parent_external_id == "884100271_1"]
    assert 10 <= len(replies) <= 60
    assert all(not h.post.is_own and h.at > recent().posted_at for h in replies)
    authors = {h.post.author.external_id == "facebook-7" for h in replies if h.post.author}
    assert authors == {True, False}


def test_nobody_else_answers_a_private_message() -> None:
    heard = trickle(NOW, 0, 100, [recent(is_private=True)])
    replies = [h for h in heard if h.post.parent_external_id == "884100271_1"]
    assert replies
    assert {h.post.author.external_id for h in replies if h.post.author} == {"facebook-7"}
    assert all(h.post.is_private for h in replies)
