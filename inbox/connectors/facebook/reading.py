"""Asking a Facebook page for its posts, comments, reviews and conversations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.errors import Forbidden, Gone
from inbox.connectors.facebook.parsing import stars_of
from inbox.connectors.gathering import items, listed
from inbox.connectors.meta import conversations, graph
from inbox.connectors.meta.messages import attachment_url
from inbox.connectors.types import (
    IncomingAuthor,
    IncomingPost,
    Page,
    ParseError,
    RefusedPart,
    Verb,
)

COMMENT = "id,message,from,created_time,parent{id},is_hidden,permalink_url,attachment"
_POST = "id,message,from,created_time,permalink_url,attachments{type,media_type,url,media}"
_FEED = f"{_POST},comments.filter(stream).order(reverse_chronological).limit(100){{{COMMENT}}}"
_RATING = "created_time,rating,recommendation_type,review_text,reviewer,open_graph_story{id}"
_REACTIONS = ("LIKE", "LOVE", "WOW", "HAHA", "SAD", "ANGRY", "CARE")
# The webhooks' own words for two of them.
_WORDS = {"SAD": "sorry", "ANGRY": "anger"}
_OVERLAP = timedelta(minutes=5)
_STAGES = ("feed", "ratings", "conversations")


def fetch(access: Access, cursor: Mapping[str, Any]) -> Page:
    """One step of a round over feed, reviews and conversations.

    A round goes back to `since`, and looks at the newest posts' comments in any case.
    """
    now = datetime.now(UTC).isoformat()
    stage = str(cursor.get("stage") or _STAGES[0])
    round_ = {"since": cursor.get("since"), "began": cursor.get("began") or now}
    since = values.stamp(round_["since"], "since")
    posts, refused, after = _ask(access, stage, since, str(cursor.get("after") or ""))
    following = stage if after else _after(stage)
    if following:
        going_on = {**round_, "stage": following, "after": after}
        return Page(posts, going_on, has_more=True, refused=refused)
    began = datetime.fromisoformat(str(round_["began"])) - _OVERLAP
    return Page(posts, {"since": began.isoformat()}, refused=refused)


def _after(stage: str) -> str:
    place = _STAGES.index(stage) + 1
    return _STAGES[place] if place < len(_STAGES) else ""


def _ask(
    access: Access, stage: str, since: datetime | None, after: str
) -> tuple[tuple[IncomingPost, ...], tuple[RefusedPart, ...], str]:
    account = access.settings.get("account_id", "")
    if stage == "conversations":
        return conversations.page(access, account, since, after)
    params: dict[str, Any] = {"limit": 25} | ({"after": after} if after else {})
    path, fields = ("feed", _FEED) if stage == "feed" else ("ratings", _RATING)
    try:
        found = graph.get(access, f"/{account}/{path}", fields=fields, **params)
    except Forbidden:
        if stage == "feed":
            raise
        return (), (), ""  # `identify` says which right is missing
    data = graph.data_of(found)
    reader = _Reader(account, since)
    posts, refused = listed(
        items(data, "data"), reader.feed_item if stage == "feed" else reader.rating
    )
    is_old = since is not None and any(_is_older(item, since) for item in data)
    return posts, refused, "" if is_old or since is None else graph.after_of(found)


def _is_older(item: Any, since: datetime) -> bool:
    created = item.get("created_time") if isinstance(item, dict) else None
    try:
        at = values.stamp(created, "created_time")
    except ParseError:
        return False
    return at is not None and at < since


def thread(access: Access, external_id: str) -> Page:
    """A post or comment with everything under it; gone when the network no longer has it."""
    account = access.settings.get("account_id", "")
    if conversations.is_message(external_id):
        return conversations.thread(access, account, external_id)
    reader = _Reader(account, None)
    is_comment = not external_id.startswith(f"{account}_")
    try:
        found = graph.get(access, f"/{external_id}", fields=COMMENT if is_comment else _POST)
    except Gone:
        gone = IncomingPost(external_id, Verb.DELETE, account=account)
        return Page((gone,))
    above = values.mapping(found.get("parent"), "parent").get("id")
    if is_comment and above:
        return thread(access, str(above))  # only comments on a post itself have none
    root = (reader.comment if is_comment else reader.post)(found, "post")
    below = graph.pages(
        access, f"/{external_id}/comments", fields=COMMENT, filter="stream", limit=100
    )
    posts, refused = listed(
        [(f"data[{index}]", item) for index, item in enumerate(below)],
        lambda item, path: reader.comment(item, path, under=external_id),
    )
    return Page((*root, *posts), refused=refused)


def read(access: Access, reference: str) -> tuple[IncomingPost, ...]:
    """What a reference of `parsing.reference` names; () when it is another page's or gone."""
    account, _, rest = reference.partition("/")
    what, _, external_id = rest.partition("/")
    if account != access.settings.get("account_id") or not external_id:
        return ()
    try:
        if what == "counts":
            return (_counts(access, account, external_id),)
        found = graph.get(
            access, f"/{external_id}", fields="id,message,from,created_time,permalink_url"
        )
    except Gone:
        return ()
    post = _base(found, "post", account)
    return (replace(post, kind="mention"),)


def _counts(access: Access, account: str, external_id: str) -> IncomingPost:
    asked = ",".join(
        f"reactions.type({name}).limit(0).summary(total_count).as({name.lower()})"
        for name in _REACTIONS
    )
    found = graph.get(access, f"/{external_id}", fields=asked)
    counts = {}
    for name in _REACTIONS:
        summary = values.mapping(found.get(name.lower()), name).get("summary")
        total = values.mapping(summary, name).get("total_count")
        counts[_WORDS.get(name, name.lower())] = values.whole(total or 0, name)
    return IncomingPost(
        external_id, Verb.COUNT, posted_at=datetime.now(UTC), counts=counts, account=account
    )


class _Reader:
    """Reads objects of the Graph API; leaves out what is older than `since`."""

    def __init__(self, account: str, since: datetime | None) -> None:
        self.account = account
        self.since = since

    def feed_item(self, item: Any, path: str) -> Iterable[IncomingPost]:
        """A post and its comments."""
        fields = values.mapping(item, path)
        yield from self.post(fields, path)
        comments = values.mapping(fields.get("comments"), f"{path}.comments").get("data")
        for where, comment in items(comments, f"{path}.comments.data"):
            yield from self.comment(comment, where, under=str(fields.get("id") or ""))

    def post(self, item: Any, path: str) -> Iterable[IncomingPost]:
        fields = values.mapping(item, path)
        post = _base(fields, path, self.account)
        if self._is_wanted(post) or post.is_own:
            attachments = values.mapping(fields.get("attachments"), f"{path}.attachments")
            yield replace(post, attachments=_media(attachments.get("data"), path))

    def comment(self, item: Any, path: str, under: str = "") -> Iterable[IncomingPost]:
        fields = values.mapping(item, path)
        post = _base(fields, path, self.account)
        if not self._is_wanted(post):
            return
        parent = values.mapping(fields.get("parent"), f"{path}.parent").get("id") or under
        attachment = fields.get("attachment")
        yield replace(
            post,
            kind="comment",
            parent_external_id=values.optional_identifier(parent, f"{path}.parent.id"),
            attachments=_media([attachment] if attachment else None, path),
            details={"parent": str(parent)} if parent else {},
        )
        if fields.get("is_hidden") is True:
            yield IncomingPost(post.external_id, Verb.HIDE, account=self.account)

    def rating(self, item: Any, path: str) -> Iterable[IncomingPost]:
        fields = values.mapping(item, path)
        story = values.mapping(fields.get("open_graph_story"), f"{path}.open_graph_story")
        review = {**fields, "id": story.get("id"), "from": fields.get("reviewer")}
        post = _base(review, path, self.account)
        if self._is_wanted(post):
            text = values.text(fields.get("review_text"), f"{path}.review_text")
            yield replace(post, kind="review", text=text, rating=stars_of(fields))

    def _is_wanted(self, post: IncomingPost) -> bool:
        return self.since is None or post.posted_at is None or post.posted_at >= self.since


def _base(fields: Mapping[str, Any], path: str, account: str) -> IncomingPost:
    author = values.mapping(fields.get("from"), f"{path}.from")
    own_id = values.optional_identifier(author.get("id"), f"{path}.from.id")
    posted_at = values.stamp(fields.get("created_time"), f"{path}.created_time")
    if posted_at is None:
        raise ParseError("is missing", field=f"{path}.created_time")
    return IncomingPost(
        external_id=values.identifier(fields.get("id"), f"{path}.id"),
        text=values.text(fields.get("message"), f"{path}.message"),
        posted_at=posted_at,
        author=IncomingAuthor(
            own_id[: values.LONGEST_NAME], name=values.name(author.get("name"), f"{path}.from.name")
        )
        if own_id
        else None,
        is_own=bool(own_id) and own_id == account,
        url=attachment_url(fields.get("permalink_url"))[: values.LONGEST_LINK],
        account=account,
    )


def _media(value: Any, path: str) -> tuple[dict[str, str], ...]:
    found = []
    for where, item in items(value, f"{path}.attachments"):
        attachment = values.mapping(item, where)
        media = values.mapping(attachment.get("media"), f"{where}.media")
        image = values.mapping(media.get("image"), f"{where}.media.image")
        is_video = "video" in str(attachment.get("type"))
        address = attachment_url(
            (media.get("source") if is_video else image.get("src")) or attachment.get("url")
        )
        if address:
            kind = "video" if is_video else "image" if image else "link"
            found.append({"type": kind, "url": address, "alt": ""})
    return tuple(found)
