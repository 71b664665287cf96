"""A Discourse forum: topics, private messages and the deliveries it makes of them."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from inbox.connectors.base import Access
from tests.networks.stub import Answer, Asked, Stub

SECRET = "webhook-secret"
ACCOUNT = "kestrel"


def discourse_error(status: int, text: str, kind: str = "", **extras: Any) -> Answer:
    """An error as Discourse words it."""
    return Answer(status, {"errors": [text], "error_type": kind, "extras": extras})


@dataclass
class ForumPost:
    """One post; `title` of a first one."""

    id: int
    topic: int
    number: int
    raw: str
    username: str
    under: int | None = None
    title: str = ""
    is_message: bool = False
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    is_hidden: bool = False


class Forum:
    """Everything one account may see."""

    def __init__(self) -> None:
        self.posts: dict[int, ForumPost] = {}
        self.published: list[ForumPost] = []
        self.page_size = 50
        self.api_key = "key-1"
        self.shows_messages = True
        self._count = 100

    def access(self, stub: Stub, **settings: str) -> Access:
        """How the connector speaks for the account; what is not found is certain at once."""
        return Access(
            stub.url,
            settings={"base_url": stub.url, "username": ACCOUNT, "settle_seconds": "0", **settings},
            secrets={"api_key": "key-1", "webhook_secret": SECRET},
            allow_private=True,
        )

    def write(
        self, raw: str, *, by: str = "sam", under: ForumPost | None = None, title: str = "",
        is_message: bool = False,
    ) -> ForumPost:  # fmt: skip
        """Somebody begins a topic or answers in one."""
        self._count += 1
        topic = under.topic if under else self._count
        number = 1 + sum(post.topic == topic for post in self.posts.values())
        is_message = is_message or (under is not None and under.is_message)
        answered = under.number if under and under.number > 1 else None
        post = ForumPost(
            self._count, topic, number, raw, by, answered, title or f"Topic {topic}", is_message
        )
        self.posts[post.id] = post
        return post

    def delivery(
        self, post: ForumPost, event: str = "post_created"
    ) -> tuple[bytes, dict[str, str]]:
        """The body and headers of a webhook."""
        body = json.dumps({"post": self.shown(post)}).encode()
        found = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        return body, {
            "X-Discourse-Event": event,
            "X-Discourse-Event-Type": "post",
            "X-Discourse-Event-Signature": f"sha256={found}",
        }

    def shown(self, post: ForumPost) -> dict[str, Any]:
        """A post as Discourse tells it."""
        return {
            "id": post.id, "topic_id": post.topic, "post_number": post.number, "post_type": 1,
            "username": post.username, "user_id": 7 if post.username == ACCOUNT else 9,
            "name": post.username.title(), "raw": post.raw, "cooked": f"<p>{post.raw}</p>",
            "created_at": moment(post.at), "updated_at": moment(post.edited_at or post.at),
            "version": 2 if post.edited_at else 1, "reply_to_post_number": post.under,
            "topic_title": post.title, "hidden": post.is_hidden, "user_deleted": False,
            "topic_archetype": "private_message" if post.is_message else "regular",
            "deleted_at": moment(post.deleted_at) if post.deleted_at else None,
        }  # fmt: skip

    def answer(self, asked: Asked) -> Answer:
        """Do what is asked for, if the key may."""
        if asked.headers.get("api-key") != self.api_key:
            return discourse_error(
                403, "You are not permitted to view the requested resource. The API username or "
                "key is invalid.", "invalid_access",
            )  # fmt: skip
        match asked.method, asked.path.removesuffix(".json").strip("/").split("/"):
            case "GET", ["u", name]:
                return Answer(body={"user": {"id": 7, "username": name, "name": "Kestrel"}})
            case "GET", ["posts"]:
                return self._listed(asked, "latest_posts", is_message=False)
            case "GET", ["private-posts"]:
                return self._listed(asked, "private_posts", is_message=True)
            case "GET", ["posts", "by_number", topic, number]:
                return self._by_number(int(topic), int(number))
            case "GET", ["t", topic, *rest]:
                return self._topic(int(topic), asked, is_more=bool(rest))
            case "GET", ["topics", *_]:
                topics = {post.topic for post in self.posts.values() if post.is_message}
                return Answer(body={"topic_list": {"topics": [{"id": one} for one in topics]}})
            case "POST", ["posts"]:
                return self._create(asked.json)
            case _, ["posts", number]:
                return self._change(int(number), asked)
        return discourse_error(404, "Not here.", "not_found")

    def _listed(self, asked: Asked, name: str, *, is_message: bool) -> Answer:
        if is_message and not self.shows_messages:
            return discourse_error(403, "No.", "invalid_access")
        before = int(asked.query.get("before") or 10**9)
        found = [
            post for post in self._visible() if post.is_message == is_message and post.id < before
        ]
        found.sort(key=lambda post: -post.id)
        return Answer(body={name: [self.shown(post) for post in found[: self.page_size]]})

    def _visible(self) -> list[ForumPost]:
        return [post for post in self.posts.values() if post.deleted_at is None]

    def _topic(self, topic: int, asked: Asked, *, is_more: bool) -> Answer:
        found = [post for post in self._visible() if post.topic == topic]
        if not found:
            return discourse_error(404, "The requested URL could not be found.", "not_found")
        shown = [self.shown(post) for post in found]
        for one in shown:
            del one["topic_title"], one["topic_archetype"]
        if is_more:
            wanted = {int(value) for name, value in asked.pairs if name == "post_ids[]"}
            return Answer(
                body={"post_stream": {"posts": [one for one in shown if one["id"] in wanted]}}
            )
        stream = {"posts": shown[: self.page_size], "stream": [post.id for post in found]}
        kind = "private_message" if found[0].is_message else "regular"
        return Answer(body={"title": found[0].title, "archetype": kind, "post_stream": stream})

    def _by_number(self, topic: int, number: int) -> Answer:
        for post in self.posts.values():
            if (post.topic, post.number) == (topic, number):
                return Answer(body=self.shown(post))
        return discourse_error(404, "Not here.", "not_found")

    def _create(self, content: dict[str, Any]) -> Answer:
        topic = content.get("topic_id")
        under = next((p for p in self._visible() if p.topic == topic), None)
        if topic and under is None:
            return discourse_error(404, "That topic is gone.", "not_found")
        number = content.get("reply_to_post_number")
        under = next((p for p in self._visible() if p.topic == topic and p.number == number), under)
        post = self.write(
            content["raw"], by=ACCOUNT, under=under, title=content.get("title", ""),
            is_message=content.get("archetype") == "private_message",
        )  # fmt: skip
        self.published.append(post)
        return Answer(200, self.shown(post))

    def _change(self, number: int, asked: Asked) -> Answer:
        post = self.posts.get(number)
        if post is None or post.deleted_at:
            return discourse_error(404, "Not here.", "not_found")
        if asked.method == "DELETE":
            post.deleted_at = datetime.now(UTC)
            return Answer(200, b"")
        post.raw, post.edited_at = asked.json["post"]["raw"], datetime.now(UTC)
        return Answer(body={"post": self.shown(post)})


def moment(at: datetime) -> str:
    """A time as Discourse writes it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
