"""WordPress itself on this machine: comments in, answers and moderation out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.connectors import errors
from inbox.connectors.base import Access
from inbox.connectors.types import IncomingPost, OutgoingPost, Published, Verb
from inbox.connectors.wordpress import WordPress
from tests.networks.relay import Relay
from tests.networks.stub import Answer, Stub, running
from tests.networks.wordpress import Blog

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]
wordpress = WordPress()


@pytest.fixture
def article(blog: Blog) -> dict[str, Any]:
    return blog.article("Our new parcels")


@pytest.fixture
def access(blog: Blog) -> Access:
    found = wordpress.identify(blog.access())
    return blog.access(settings=dict(found.settings))


@pytest.fixture
def relay(blog: Blog) -> Iterator[Stub]:
    with running(Relay(blog.url)) as stub:
        yield stub


def whole_round(
    access: Access, cursor: dict[str, Any] | None = None
) -> tuple[list[IncomingPost], dict[str, Any]]:
    """What a round brings, and where the next begins."""
    cursor = dict(cursor or wordpress.cursor_since(datetime.now(UTC) - timedelta(days=1)))
    found: list[IncomingPost] = []
    for _ in range(30):
        page = wordpress.fetch(access, cursor)
        assert page.refused == ()
        found += page.posts
        cursor = dict(page.cursor)
        if not page.has_more:
            return found, cursor
    raise AssertionError("The round does not end.")


def verbs(posts: list[IncomingPost], number: int) -> list[Verb]:
    return [post.verb for post in posts if post.external_id == str(number)]


def say(
    access: Access, number: int, article: dict[str, Any], text: str = "Sorry <3 & thanks 🦊"
) -> Published:
    out = OutgoingPost(text, str(number), details={"post": article["id"]})
    return wordpress.publish(access, out, idempotency_key="k")


def look(access: Access, number: int, text: str = "Sorry <3 & thanks 🦊") -> Published | None:
    since = datetime.now(UTC) - timedelta(seconds=5)
    out = OutgoingPost(text, str(number))
    return wordpress.find_published(access, out, idempotency_key="k", since=since)


def test_the_user_is_known_and_missing_rights_are_named(blog: Blog) -> None:
    found = wordpress.identify(blog.access())
    assert (found.external_id, found.handle) == ("1", "admin")
    assert found.settings["api_root"] == f"{blog.url}/wp-json"
    name, password = blog.user("author")
    weak = wordpress.identify(blog.access(password=password, settings={"user": name}))
    assert "may not moderate" in weak.faults[0]
    with pytest.raises(errors.Expired):
        wordpress.identify(blog.access(password="wrong"))
    with pytest.raises(errors.Refused, match="https://"):
        wordpress.identify(replace(blog.access(), base_url="blog.example"))


def test_comments_come_in_once_with_their_article_and_whether_they_are_seen(
    blog: Blog, access: Access, article: dict[str, Any]
) -> None:
    first = blog.comment("Is it <b>open</b>?\n\nYes? 🦊", article)
    answer = blog.comment("It is", article, under=first, status="approve")
    spam = blog.comment("Buy now", article, status="spam")
    found, cursor = whole_round(access)
    by_id = {post.external_id: post for post in found if post.verb is Verb.ADD}
    assert by_id[str(first)].text == "Is it open?\n\nYes? 🦊"
    assert by_id[str(first)].parent_external_id == f"post:{article['id']}"
    assert by_id[f"post:{article['id']}"].text.startswith("Our new parcels")
    assert by_id[str(answer)].parent_external_id == str(first)
    assert verbs(found, first) == [Verb.ADD, Verb.HIDE]
    assert verbs(found, answer) == [Verb.ADD]
    assert verbs(found, spam) == []
    assert whole_round(access, cursor)[0] == []


def test_what_a_stranger_writes_under_an_article_waits_for_approval(
    blog: Blog, access: Access, article: dict[str, Any]
) -> None:
    assert blog.write("Where is my order?", article, email="s@example.com").status_code == 302
    found, _ = whole_round(access)
    parent = f"post:{article['id']}"
    (post,) = [one for one in found if one.parent_external_id == parent]
    assert post.text == "Where is my order?"
    assert verbs(found, int(post.external_id)) == [Verb.ADD, Verb.HIDE]


def test_many_comments_come_in_page_by_page(blog: Blog, access: Access) -> None:
    article = blog.article("Busy")
    start = datetime.now(UTC) - timedelta(hours=5)
    blog.comments([f"Comment {number}" for number in range(120)], article, at=start)
    found, cursor = whole_round(access)
    texts = [post.text for post in found if post.details.get("post") == article["id"]]
    assert sorted(text for text in texts if text.startswith("Comment")) == sorted(
        f"Comment {number}" for number in range(120)
    )
    assert whole_round(access, cursor)[0] == []


def test_moderation_edits_and_removals_on_the_blog_arrive(
    blog: Blog, access: Access, article: dict[str, Any]
) -> None:
    numbers = [blog.comment(f"Text {n}", article) for n in range(5)]
    approved, edited, spam, trashed, deleted = numbers
    _, cursor = whole_round(access)
    blog.ask("POST", f"comments/{approved}", json={"status": "approved"})
    blog.ask("POST", f"comments/{edited}", json={"content": "Other words"})
    blog.ask("POST", f"comments/{spam}", json={"status": "spam"})
    blog.ask("DELETE", f"comments/{trashed}")
    blog.ask("DELETE", f"comments/{deleted}", params={"force": "true"})
    found, cursor = whole_round(access, cursor)
    assert verbs(found, approved) == [Verb.ADD, Verb.SHOW]
    assert [p.text for p in found if p.external_id == str(edited)] == ["Other words"]
    assert verbs(found, spam) == [Verb.HIDE]
    assert verbs(found, trashed) == verbs(found, deleted) == [Verb.DELETE]
    assert whole_round(access, cursor)[0] == []


def test_a_thread_is_a_comment_with_what_hangs_around_it(
    blog: Blog, access: Access, article: dict[str, Any]
) -> None:
    first = blog.comment("one", article, status="approve")
    second = blog.comment("two", article, under=first, status="approve")
    third = blog.comment("three", article, under=second)
    stranger = blog.comment("elsewhere", article)
    found = wordpress.thread(access, str(second)).posts
    told = {post.external_id for post in found}
    assert told == {f"post:{article['id']}", *map(str, (first, second, third))}
    assert verbs(list(found), third) == [Verb.ADD, Verb.HIDE]
    blog.ask("DELETE", f"comments/{stranger}", params={"force": "true"})
    (gone,) = wordpress.thread(access, str(stranger)).posts
    assert gone.verb is Verb.DELETE
    assert [p.verb for p in wordpress.gone(access, [str(stranger), str(first)])] == [Verb.DELETE]


def test_an_answer_approves_what_it_answers_and_reads_as_it_was_written(
    blog: Blog, access: Access, article: dict[str, Any]
) -> None:
    first = blog.comment("one", article)
    said = say(access, first, article)
    kept = blog.ask("GET", f"comments/{said.external_id}", params={"context": "edit"})
    assert (kept["parent"], kept["status"]) == (first, "approved")
    assert "&lt;3 &amp; thanks" in kept["content"]["raw"]
    assert blog.ask("GET", f"comments/{first}")["status"] == "approved"
    (post,) = [p for p in whole_round(access)[0] if p.external_id == said.external_id]
    assert (post.text, post.is_own) == ("Sorry <3 & thanks 🦊", True)


def test_sending_twice_is_one_comment(blog: Blog, access: Access, article: dict[str, Any]) -> None:
    first = blog.comment("one", article)
    assert say(access, first, article) == say(access, first, article)
    answers = blog.ask("GET", "comments", params={"parent": first})
    assert len(answers) == 1


@pytest.mark.parametrize("lost", [True, False], ids=["no answer", "500"])
def test_what_was_said_and_not_confirmed_is_found(
    blog: Blog, access: Access, article: dict[str, Any], relay: Stub, lost: bool
) -> None:
    first = blog.comment("one", article, status="approve")
    there = replace(access, base_url=relay.url,
                    settings={**access.settings, "api_root": f"{relay.url}/wp-json"})  # fmt: skip
    assert look(there, first) is None
    if lost:
        relay.lose_answer(method="POST", path="comments")
    else:
        relay.next(Answer(500), method="POST", path="comments")
    with pytest.raises(errors.Uncertain):
        say(there, first, article)
    assert bool(look(there, first)) is lost


def test_what_cannot_be_answered_says_why(
    blog: Blog, access: Access, article: dict[str, Any]
) -> None:
    trashed = blog.comment("one", article, status="trash")
    spam = blog.comment("two", article, status="spam")
    for number, meant in ((trashed, errors.Gone), (spam, errors.Refused), (999_999, errors.Gone)):
        with pytest.raises(meant):
            say(access, number, article)


def test_own_comments_are_edited_and_removed(
    blog: Blog, access: Access, article: dict[str, Any]
) -> None:
    said = say(access, blog.comment("one", article), article)
    wordpress.edit(access, said.external_id, "Better & <shorter>")
    kept = blog.ask("GET", f"comments/{said.external_id}", params={"context": "edit"})
    assert kept["content"]["raw"] == "Better &amp; &lt;shorter&gt;"
    wordpress.delete(access, said.external_id)
    wordpress.delete(access, said.external_id)
    kept = blog.ask("GET", f"comments/{said.external_id}", params={"context": "edit"})
    assert kept["status"] == "trash"


def test_comments_are_held_and_approved(
    blog: Blog, access: Access, article: dict[str, Any]
) -> None:
    first = blog.comment("one", article)
    for is_hidden, status in ((False, "approved"), (False, "approved"), (True, "hold")):
        wordpress.set_hidden(access, str(first), is_hidden=is_hidden)
        kept = blog.ask("GET", f"comments/{first}", params={"context": "edit"})
        assert kept["status"] == status
