"""Mastodon's API as its documents describe it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.connectors import errors
from inbox.connectors.base import Access
from inbox.connectors.http import Reply
from inbox.connectors.mastodon import Mastodon
from inbox.connectors.mastodon.client import fault_of
from inbox.connectors.mastodon.parsing import post_of
from inbox.connectors.types import IncomingPost, OutgoingPost, ParseError, Published, Upload, Verb
from tests.networks.mastodon import US, MastodonServer, Status, query_of
from tests.networks.stub import Answer, Stub, running

pytestmark = pytest.mark.integration
mastodon = Mastodon()
NAMES = st.sampled_from([
    "id", "created_at", "account", "content", "visibility", "mentions", "acct", "edited_at",
    "media_attachments", "card", "url", "spoiler_text",
])  # fmt: skip
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=8) | st.just("2026-01-01T00:00:00Z"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)


@pytest.fixture
def server() -> MastodonServer:
    return MastodonServer()


@pytest.fixture
def stub(server: MastodonServer) -> Iterator[Stub]:
    with running(server) as found:
        yield found


@pytest.fixture
def access(server: MastodonServer, stub: Stub) -> Access:
    return server.access(stub)


def whole_round(
    access: Access, cursor: dict[str, Any] | None = None
) -> tuple[list[IncomingPost], dict[str, Any]]:
    """What a round brings, and where the next begins."""
    cursor = dict(cursor or mastodon.cursor_since(datetime.now(UTC) - timedelta(days=1)))
    found: list[IncomingPost] = []
    for _ in range(30):
        page = mastodon.fetch(access, cursor)
        assert page.refused == ()
        found += page.posts
        cursor = dict(page.cursor)
        if not page.has_more:
            return found, cursor
    raise AssertionError("The round does not end.")


def answering(status: Status, text: str = "Sorry!", **more: Any) -> OutgoingPost:
    details = {"visibility": status.visibility}
    return OutgoingPost(text, status.id, **{"details": details, **more})


def say(access: Access, out: OutgoingPost, key: str = "k") -> Published:
    return mastodon.publish(access, out, idempotency_key=key)


def test_signing_in_registers_an_app_once_and_ends_with_a_token(
    server: MastodonServer, stub: Stub
) -> None:
    access = Access(stub.url, allow_private=True)
    where = {"redirect_uri": "https://desk.example/back/", "state": "s", "challenge": "ch"}
    url, kept = mastodon.sign_in_url(access, **where)
    assert url.startswith(f"{stub.url}/oauth/authorize?")
    assert query_of(url)["code_challenge"] == "ch"
    known = replace(access, secrets=dict(kept))
    mastodon.sign_in_url(known, **where)
    assert [app["client_name"] for app in server.apps] == ["Crossdesk"]
    ends = {"redirect_uri": where["redirect_uri"], "verifier": "v"}
    assert mastodon.finish_sign_in(known, code="good", **ends) == {"access_token": "token-1"}
    with pytest.raises(errors.Expired):
        mastodon.finish_sign_in(known, code="bad", **ends)


def test_the_account_and_its_servers_limit_are_known(access: Access) -> None:
    found = mastodon.identify(access)
    assert (found.external_id, found.handle, found.faults) == (US, "kestrel", ())
    assert found.settings["max_characters"] == "600"


def test_mentions_messages_and_own_statuses_come_in_once(
    server: MastodonServer, access: Access
) -> None:
    mention = server.write("@kestrel is it <b>open</b>? 🦊")
    own = server.write("@ana@far.example Yes", author=US, under=mention, names=("77",))
    secret = server.write("@kestrel my number is 5", visibility="direct")
    found, cursor = whole_round(access)
    posts = {post.external_id: post for post in found}
    assert posts[mention.id].text == "@kestrel is it <b>open</b>? 🦊"
    assert (posts[mention.id].kind, posts[mention.id].is_private) == ("mention", False)
    assert (posts[own.id].text, posts[own.id].is_own) == ("Yes", True)
    assert (posts[secret.id].kind, posts[secret.id].is_private) == ("direct_message", True)
    assert posts[secret.id].details["conversation"] == "77"
    again, cursor = whole_round(access, cursor)
    assert again == []
    late = server.write("@kestrel still there?")
    assert [post.external_id for post in whole_round(access, cursor)[0]] == [late.id]


def test_a_back_fill_goes_through_all_pages_and_no_further(
    server: MastodonServer, access: Access
) -> None:
    server.page_size = 2
    now = datetime.now(UTC)
    written = [server.write(f"@kestrel {n}", at=now - timedelta(hours=9 - n)) for n in range(9)]
    cursor = dict(mastodon.cursor_since(now - timedelta(hours=5.5)))
    found, _ = whole_round(access, cursor)
    assert {post.external_id for post in found} == {status.id for status in written[4:]}


def test_a_server_without_conversations_is_read_all_the_same(
    server: MastodonServer, access: Access
) -> None:
    server.knows_conversations = False
    server.write("@kestrel hello")
    assert len(whole_round(access)[0]) == 1


def test_a_thread_has_every_wording_and_says_what_is_gone(
    server: MastodonServer, access: Access
) -> None:
    first = server.write("@kestrel it is brokn", warning="parcels")
    server.reword(first, "@kestrel it is broken")
    second = server.write("And late", under=first)
    found = mastodon.thread(access, second.id).posts
    texts = [post.text for post in found if post.external_id == first.id]
    assert texts == ["CW: parcels\n\n@kestrel it is broken", "CW: parcels\n\n@kestrel it is brokn"]
    assert {post.external_id for post in found} == {first.id, second.id}
    del server.statuses[first.id]
    (gone,) = mastodon.thread(access, first.id).posts
    assert gone.verb is Verb.DELETE
    assert [one.external_id for one in mastodon.gone(access, [first.id, second.id])] == [first.id]


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private", "direct"])
def test_an_answer_is_as_private_as_what_it_answers(
    server: MastodonServer, access: Access, visibility: str
) -> None:
    status = server.write("@kestrel help", visibility=visibility, warning="health")
    say(access, answering(status))
    (made,) = server.published
    assert (made.visibility, made.warning) == (visibility, "health")
    assert made.text == "@ana@far.example Sorry!"


def test_what_is_asked_to_be_private_is_and_what_we_knew_wider_is_not(
    server: MastodonServer, access: Access
) -> None:
    public, private = server.write("a"), server.write("b", visibility="private")
    say(access, answering(public, is_private=True), "1")
    say(access, answering(private, details={"visibility": "public"}), "2")
    say(access, answering(server.write("c", visibility="strange"), details={}), "3")
    assert [made.visibility for made in server.published] == ["direct", "private", "direct"]


def test_a_server_that_shows_more_than_asked_has_it_taken_back(
    server: MastodonServer, access: Access
) -> None:
    server.widens = True
    with pytest.raises(errors.Refused, match="taken back"):
        say(access, answering(server.write("a", visibility="direct")))
    assert server.published[0].id not in server.statuses


def test_sending_twice_is_one_status(server: MastodonServer, access: Access) -> None:
    out = answering(server.write("@kestrel help"))
    assert say(access, out) == say(access, out)
    assert len(server.published) == 1


@pytest.mark.parametrize("lost", [True, False], ids=["no answer", "500"])
def test_what_was_said_and_not_confirmed_is_found(
    server: MastodonServer, stub: Stub, access: Access, lost: bool
) -> None:
    server.keeps_keys = False
    out = answering(server.write("@kestrel help"), "Sorry @ana@far.example  & thanks")
    if lost:
        stub.lose_answer(method="POST", path="/statuses")
    else:
        stub.next(Answer(500), method="POST", path="/statuses")
    with pytest.raises(errors.Uncertain):
        say(access, out)
    since = datetime.now(UTC) - timedelta(seconds=2)
    found = mastodon.find_published(access, out, idempotency_key="k", since=since)
    assert bool(found) is lost


def test_what_cannot_be_answered_says_why(server: MastodonServer, access: Access) -> None:
    status = server.write("@kestrel help")
    with pytest.raises(errors.TooLong, match="at most 500"):
        say(access, answering(status, "a" * 500))
    say(replace(access, settings={**access.settings, "max_characters": "600"}),
        answering(status, "a" * 500))  # fmt: skip
    server.blocks = True
    with pytest.raises(errors.Blocked):
        say(access, answering(status))
    del server.statuses[status.id]
    with pytest.raises(errors.Gone):
        say(access, answering(status))


def test_pictures_keep_their_words_through_an_edit(server: MastodonServer, access: Access) -> None:
    upload = Upload(b"png", "image/png", alt="A box")
    said = say(access, answering(server.write("@kestrel help"), uploads=(upload,)))
    mastodon.edit(access, said.external_id, "Better")
    (made,) = server.published
    assert made.text == "@ana@far.example Better"
    assert [one["description"] for one in made.media] == ["A box"]
    (post,) = [p for p in whole_round(access)[0] if p.external_id == said.external_id]
    assert (post.text, post.attachments[0]["alt"]) == ("Better", "A box")


def test_own_statuses_are_removed_and_others_liked(server: MastodonServer, access: Access) -> None:
    status = server.write("@kestrel nice")
    said = say(access, answering(status))
    for is_liked in (True, False):
        mastodon.set_liked(access, status.id, is_liked=is_liked)
        assert (status.id in server.liked) is is_liked
    mastodon.delete(access, said.external_id)
    mastodon.delete(access, said.external_id)
    assert said.external_id not in server.statuses


def test_limits_are_told_with_their_end(access: Access) -> None:
    told: list[Any] = []
    whole_round(replace(access, quota=told.append))
    assert (told[0].limit, told[0].remaining, told[0].resets_at.year) == (300, 299, 2030)


@pytest.mark.parametrize(
    ("status", "said", "meant"),
    [
        (400, "The access token was revoked", errors.Expired),
        (403, "Invalid credentials.", errors.Expired),
        (403, "This action is outside the authorized scopes", errors.Forbidden),
        (422, "Validation failed: Text character limit of 500 exceeded", errors.TooLong),
        (429, "Too many requests", errors.Limited),
    ],
)
def test_an_error_means_what_servers_mean_by_it(status: int, said: str, meant: type) -> None:
    body = httpx.Response(status, json={"error": said})
    assert type(fault_of(Reply(status, body.headers, body.content))) is meant


def test_a_withdrawn_token_is_expired(server: MastodonServer, access: Access) -> None:
    server.token = "another"
    with pytest.raises(errors.Expired):
        mastodon.fetch(access, {})


@pytest.mark.parametrize(
    ("text", "length"),
    [("abc", 3), ("👩‍👩‍👧", 1), ("https://a.example/" + "x" * 90, 23), ("@ana@far.example hi", 7)],
)
def test_length_is_as_the_network_counts(text: str, length: int) -> None:
    assert mastodon.length_of(text) == length


@settings(max_examples=60, deadline=None)
@given(item=VALUES, more=st.dictionaries(NAMES, VALUES))
def test_anything_is_read_or_refused(item: Any, more: dict[str, Any]) -> None:
    whole = MastodonServer()
    for one in (item, whole.shown(whole.write("hi")) | more):
        try:
            assert post_of(one, "post", account=US).external_id
        except ParseError:
            continue
