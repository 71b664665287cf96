"""Bluesky's own software on this machine: what comes in and what goes out."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.connectors import errors
from inbox.connectors.base import Access
from inbox.connectors.bluesky import Bluesky
from inbox.connectors.types import IncomingPost, OutgoingPost, Published, Upload, Verb
from tests.networks.bluesky import BlueskyNetwork, Person
from tests.networks.relay import Relay
from tests.networks.stub import Answer, Stub, running

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]
bluesky = Bluesky()
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def brand(bluesky_network: BlueskyNetwork) -> Person:
    return bluesky_network.person("brand")


@pytest.fixture
def fan(bluesky_network: BlueskyNetwork) -> Person:
    return bluesky_network.person("fan")


@pytest.fixture
def relay(bluesky_network: BlueskyNetwork) -> Iterator[Stub]:
    """The network behind a server that loses answers when it is told to."""
    with running(Relay(bluesky_network.url)) as stub:
        yield stub


def whole_round(
    access: Access, cursor: dict[str, Any] | None = None
) -> tuple[dict[str, IncomingPost], dict[str, Any]]:
    """What a round brings, by id, and where the next begins."""
    since = datetime.now(UTC) - timedelta(days=1)
    cursor = dict(cursor or bluesky.cursor_since(since))
    found: dict[str, IncomingPost] = {}
    for _ in range(30):
        page = bluesky.fetch(access, cursor)
        assert page.refused == ()
        found |= {post.external_id: post for post in page.posts}
        cursor = dict(page.cursor)
        if not page.has_more:
            return found, cursor
    raise AssertionError("The round does not end.")


def say(access: Access, post: dict[str, Any], text: str = "Sorry!", key: str = "k") -> Published:
    return bluesky.publish(access, OutgoingPost(text, post["uri"]), idempotency_key=key)


def looked_for(access: Access, post: dict[str, Any], key: str = "k") -> Published | None:
    out = OutgoingPost("Sorry!", post["uri"])
    since = datetime.now(UTC) - timedelta(seconds=2)
    return bluesky.find_published(access, out, idempotency_key=key, since=since)


def test_the_account_is_known_by_its_app_password(brand: Person) -> None:
    found = bluesky.identify(brand.access())
    assert (found.external_id, found.handle, found.faults) == (brand.did, brand.handle, ())


def test_a_wrong_password_and_the_accounts_own_are_told(brand: Person) -> None:
    access = brand.access()
    own = Access(access.base_url, access.settings, {"app_password": f"pw-{brand.handle}"},
                 allow_private=True)  # fmt: skip
    assert "own password" in bluesky.identify(own).faults[0]
    with pytest.raises(errors.Expired):
        bluesky.identify(Access(own.base_url, own.settings, {"app_password": "x"},
                                allow_private=True))  # fmt: skip


def test_mentions_answers_quotes_and_own_posts_come_in_once(brand: Person, fan: Person) -> None:
    root = brand.post("Our new parcels")
    brand.network.sync()
    answer = fan.post("Mine is late 🦊", under=root)
    mention, quote = fan.post("please help", mentions=brand), fan.post("Look", quotes=root)
    fan.post("about something else")
    brand.network.sync()
    access = brand.access()
    found, cursor = whole_round(access)
    kinds = {uri: post.kind for uri, post in found.items()}
    assert kinds == {root["uri"]: "post", answer["uri"]: "comment", mention["uri"]: "mention",
                     quote["uri"]: "mention"}  # fmt: skip
    assert found[answer["uri"]].parent_external_id == root["uri"]
    assert found[root["uri"]].is_own
    again, _ = whole_round(access, cursor)
    assert again == {}


def test_an_answer_that_raised_no_notification_comes_in_too(
    bluesky_network: BlueskyNetwork, brand: Person, fan: Person
) -> None:
    def forget(asked: Any, said: Any) -> Any:
        return {"notifications": []} if "listNotifications" in asked.path else said

    root = brand.post("Our new parcels")
    bluesky_network.sync()
    with running(Relay(bluesky_network.url, forget)) as stub:
        access = brand.access(stub.url)
        _, cursor = whole_round(access)
        answer = fan.post("Mine is late", under=root)
        bluesky_network.sync()
        deeper = fan.post("Very late", under=answer | {"root": root})
        bluesky_network.sync()
        found, cursor = whole_round(access, cursor)
        assert set(found) == {answer["uri"], deeper["uri"]}
        assert whole_round(access, cursor)[0] == {}


def test_searches_find_who_mentions_nobody(brand: Person, fan: Person) -> None:
    word = f"kestrelparcels{fan.handle.partition('.')[0]}"
    post = fan.post(f"Nobody answers at {word}")
    brand.network.sync()
    found, _ = whole_round(brand.access(settings={"searches": f"other, {word}"}))
    assert set(found) == {post["uri"]}


def test_a_renamed_account_is_the_same_person(brand: Person, fan: Person) -> None:
    first = fan.post("one", mentions=brand)
    renamed = f"new{fan.handle}"
    fan.ask("POST", "com.atproto.identity.updateHandle", json={"handle": renamed})
    second = fan.post("two", mentions=brand)
    brand.network.sync()
    found, _ = whole_round(brand.access())
    authors = [found[post["uri"]].author for post in (first, second)]
    assert [author.external_id for author in authors if author] == [fan.did, fan.did]


def test_a_thread_is_read_whole_and_what_was_removed_is_deleted(brand: Person, fan: Person) -> None:
    root = brand.post("Hello")
    brand.network.sync()
    late = fan.post("Late", under=root)
    brand.network.sync()
    own = brand.post("Sorry", under=late)
    brand.network.sync()
    access = brand.access()
    everything = {root["uri"], late["uri"], own["uri"]}
    assert {post.external_id for post in bluesky.thread(access, late["uri"]).posts} == everything
    fan.remove(late)
    brand.network.sync()
    (gone,) = bluesky.thread(access, late["uri"]).posts
    assert (gone.external_id, gone.verb) == (late["uri"], Verb.DELETE)
    told = bluesky.gone(access, sorted(everything))
    assert [post.external_id for post in told] == [late["uri"]]


def test_an_answer_hangs_where_it_belongs_with_links_and_names(brand: Person, fan: Person) -> None:
    root = brand.post("Hello")
    brand.network.sync()
    late = fan.post("Late", under=root)
    brand.network.sync()
    text = f"Grüße @{fan.handle}: https://kestrel.example/x. 🦊"
    said = say(brand.access(), late, text)
    (record,) = [one["value"] for one in brand.posts() if one["uri"] == said.external_id]
    assert record["reply"]["parent"]["uri"] == late["uri"]
    assert record["reply"]["root"]["uri"] == root["uri"]
    marked = [text.encode()[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode()
              for f in record["facets"]]  # fmt: skip
    assert marked == [f"@{fan.handle}", "https://kestrel.example/x"]


def test_sending_twice_is_one_post(brand: Person, fan: Person) -> None:
    mention = fan.post("help", mentions=brand)
    brand.network.sync()
    access = brand.access()
    first = say(access, mention)
    assert say(access, mention, "Other words under the same key") == first
    assert len(brand.posts()) == 1
    assert say(access, mention, key="another").external_id != first.external_id


def test_eight_workers_with_the_same_job_leave_one_post(brand: Person, fan: Person) -> None:
    mention = fan.post("help", mentions=brand)
    brand.network.sync()
    access = brand.access()
    said: list[str] = []
    workers = [
        threading.Thread(target=lambda: said.append(say(access, mention).external_id))
        for _ in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert len(said) == 8
    assert [one["uri"] for one in brand.posts()] == list(set(said))


@pytest.mark.parametrize("lost", [True, False], ids=["no answer", "500"])
def test_what_was_said_and_not_confirmed_is_found(
    brand: Person, fan: Person, relay: Stub, lost: bool
) -> None:
    mention = fan.post("help", mentions=brand)
    brand.network.sync()
    access = brand.access(relay.url)
    assert looked_for(access, mention) is None
    if lost:
        relay.lose_answer(method="POST", path="putRecord")
    else:
        relay.next(Answer(500), method="POST", path="putRecord")
    with pytest.raises(errors.Uncertain):
        say(access, mention)
    found = looked_for(access, mention)
    assert [one["uri"] for one in brand.posts()] == ([found.external_id] if found else [])
    assert bool(found) is lost
    say(access, mention)
    assert len(brand.posts()) == 1


def test_pictures_go_out_and_come_in_with_their_alternative_texts(
    brand: Person, fan: Person
) -> None:
    mention = fan.post("help", mentions=brand)
    brand.network.sync()
    upload = Upload(PICTURE, "image/png", alt="Our new box", name="box.png")
    access = brand.access()
    out = OutgoingPost("Like this", mention["uri"], uploads=(upload,), language="en")
    said = bluesky.publish(access, out, idempotency_key="k")
    brand.network.sync()
    found, _ = whole_round(access)
    (picture,) = found[said.external_id].attachments
    assert (picture["type"], picture["alt"]) == ("image", "Our new box")
    assert found[said.external_id].language == "en"


def test_what_cannot_be_answered_says_why(brand: Person, fan: Person) -> None:
    first, second = fan.post("one", mentions=brand), fan.post("two", mentions=brand)
    brand.network.sync()
    access = brand.access()
    fan.remove(first)
    subject = {"$type": "app.bsky.graph.block", "subject": brand.did,
               "createdAt": "2026-01-01T00:00:00Z"}  # fmt: skip
    fan.create("app.bsky.graph.block", subject)
    brand.network.sync()
    with pytest.raises(errors.Gone):
        say(access, first)
    with pytest.raises(errors.Blocked):
        say(access, second)
    assert bluesky.gone(access, [second["uri"]]) == ()
    assert brand.posts() == []


def test_own_posts_are_removed_and_strangers_are_not(brand: Person, fan: Person) -> None:
    mention = fan.post("help", mentions=brand)
    brand.network.sync()
    access = brand.access()
    said = say(access, mention)
    bluesky.delete(access, said.external_id)
    bluesky.delete(access, said.external_id)
    assert brand.posts() == []
    with pytest.raises(errors.Refused):
        bluesky.delete(access, mention["uri"])


def test_likes_are_given_once_and_taken_back(brand: Person, fan: Person) -> None:
    mention = fan.post("nice", mentions=brand)
    brand.network.sync()
    access = brand.access()

    def likes() -> int:
        brand.network.sync()
        (post,) = bluesky.thread(access, mention["uri"]).posts
        return post.counts["likes"]

    for is_liked in (True, True, False, False):
        bluesky.set_liked(access, mention["uri"], is_liked=is_liked)
        assert likes() == int(is_liked)


def test_answers_in_our_thread_are_hidden_and_shown(brand: Person, fan: Person) -> None:
    root = brand.post("Hello")
    brand.network.sync()
    rude, elsewhere = fan.post("Rude", under=root), fan.post("Rude", mentions=brand)
    brand.network.sync()
    access = brand.access()

    def hidden() -> list[str]:
        query = {"repo": brand.did, "collection": "app.bsky.feed.threadgate"}
        records = brand.ask("GET", "com.atproto.repo.listRecords", params=query)["records"]
        return [uri for one in records for uri in one["value"]["hiddenReplies"]]

    bluesky.set_hidden(access, rude["uri"], is_hidden=True)
    assert hidden() == [rude["uri"]]
    bluesky.set_hidden(access, rude["uri"], is_hidden=False)
    assert hidden() == []
    with pytest.raises(errors.Refused):
        bluesky.set_hidden(access, elsewhere["uri"], is_hidden=True)


def test_a_bad_token_is_renewed_in_passing(brand: Person, fan: Person) -> None:
    kept: list[Any] = []
    access = brand.access(renewed=kept.append)
    secrets = {**access.secrets, "access_jwt": "x.y.z", "refresh_jwt": "x.y.z"}
    stale = Access(access.base_url, access.settings, secrets, allow_private=True,
                   renewed=kept.append)  # fmt: skip
    whole_round(stale)
    assert set(kept[-1]) == {"access_jwt", "refresh_jwt"}


def test_a_service_that_is_none_is_told(brand: Person) -> None:
    with pytest.raises(errors.Refused, match="https://"):
        bluesky.identify(Access("bsky.social", {"handle": "a"}, {"app_password": "x"}))
