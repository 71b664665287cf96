"""X's API v2: an account that keeps what is written to it and by it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from inbox.connectors.base import Access
from tests.networks.stub import Answer, Asked, Stub

CONSUMER_SECRET = "consumer-secret"


def x_error(status: int, detail: str = "No.") -> Answer:
    """An error as API v2 words it."""
    return Answer(status, {"title": "Error", "detail": detail, "status": status})


def moment(at: datetime) -> str:
    """A time as API v2 writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass
class Tweet:
    """A post, or, with `other`, a message to or from that person."""

    id: str
    text: str
    author: str
    parent: str = ""
    conversation: str = ""
    other: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    is_hidden: bool = False


class XAccount:
    """One account; its access tokens end when `token` changes."""

    def __init__(self, account: str = "42", *, page_size: int = 100) -> None:
        self.account = account
        self.page_size = page_size
        self.tweets: dict[str, Tweet] = {}
        self.published: list[Tweet] = []
        self.liked: set[str] = set()
        self.token = "token-1"
        self.refresh_token = "refresh-1"
        self.knows_messages = True
        self._count = 1000

    def access(self, stub: Stub, **settings: str) -> Access:
        """How the connector speaks for it; what is not found is certain at once."""
        return Access(
            stub.url,
            settings={
                "account_id": self.account, "client_id": "client", "settle_seconds": "0", **settings
            },
            secrets={
                "consumer_secret": CONSUMER_SECRET, "client_secret": "s",
                "access_token": "token-1", "refresh_token": "refresh-1",
            },
            allow_private=True,
        )  # fmt: skip

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers of a delivery of `body`."""
        found = hmac.new(CONSUMER_SECRET.encode(), body, hashlib.sha256).digest()
        value = f"sha256={base64.b64encode(found).decode()}"
        return {"x-twitter-webhooks-signature": value}

    def delivery(self, tweet: Tweet, kind: str = "post.mention.create") -> bytes:
        """The body with which the X Activity API tells of a post."""
        return json.dumps(
            {"data": {"event_type": kind, "event_uuid": tweet.id,
                      "filter": {"user_id": self.account}, "payload": self.shown(tweet),
                      "includes": self._includes([tweet])}}
        ).encode()  # fmt: skip

    def write(self, text: str, *, author: str = "77", under: Tweet | None = None) -> Tweet:
        """Somebody posts, or answers a post."""
        self._count += 1
        tweet = Tweet(str(self._count), text, author, under.id if under else "")
        tweet.conversation = under.conversation if under else tweet.id
        self.tweets[tweet.id] = tweet
        return tweet

    def message(self, text: str, *, author: str = "77", other: str = "77") -> Tweet:
        """Somebody writes a direct message."""
        tweet = self.write(text, author=author)
        tweet.other = other
        return tweet

    def answer(self, asked: Asked) -> Answer:
        """Do what is asked for, if the token may."""
        if asked.path == "/2/oauth2/token":
            return self._tokens(asked)
        if asked.token != self.token:
            return x_error(401, "Unauthorized")
        _, _, kind, *rest = asked.path.split("/")
        if kind == "media":
            return Answer(body={"data": {"id": "9001"}})
        serve = {"tweets": self._tweets, "users": self._users,
                 "dm_events": self._events, "dm_conversations": self._conversations}  # fmt: skip
        return serve[kind](asked, rest)

    def _tokens(self, asked: Asked) -> Answer:
        form = asked.form
        grant = form.get("refresh_token", form.get("code"))
        if grant not in {self.refresh_token, "code"}:
            return Answer(400, {"error": "invalid_request"})
        number = int(self.token.rpartition("-")[2]) + 1
        self.token, self.refresh_token = f"token-{number}", f"refresh-{number}"
        return Answer(body={"access_token": self.token, "refresh_token": self.refresh_token,
                            "expires_in": 7200})  # fmt: skip

    def _tweets(self, asked: Asked, rest: list[str]) -> Answer:
        if asked.method == "POST":
            return self._publish(asked.json)
        if rest == ["search", "recent"]:
            root = asked.query["query"].removeprefix("conversation_id:")
            return self._page(asked, [t for t in self._posts() if t.conversation == root])
        if not rest:
            found = [self.tweets[i] for i in asked.query["ids"].split(",") if i in self.tweets]
            return self._page(asked, found)
        if rest[0] not in self.tweets:
            return x_error(404, "Not Found")
        if asked.method == "DELETE":
            del self.tweets[rest[0]]
        elif rest[1:] == ["hidden"]:
            self.tweets[rest[0]].is_hidden = asked.json["hidden"]
        return Answer(body={"data": {"deleted": True}})

    def _publish(self, content: dict[str, Any]) -> Answer:
        parent = self.tweets.get(content["reply"]["in_reply_to_tweet_id"])
        if parent is None:
            return x_error(403, "You attempted to reply to a Tweet that is deleted or not visible.")
        tweet = self.write(f"@user{parent.author} {content['text']}", author=self.account,
                           under=parent)  # fmt: skip
        self.published.append(tweet)
        return Answer(201, {"data": {"id": tweet.id, "text": tweet.text}})

    def _users(self, asked: Asked, rest: list[str]) -> Answer:
        match rest:
            case ["me"]:
                me = {"id": self.account, "username": "kestrel", "name": "Kestrel"}
                return Answer(body={"data": me})
            case [_, "mentions"]:
                return self._page(asked, [t for t in self._posts() if t.author != self.account])
            case [_, "tweets"]:
                return self._page(asked, [t for t in self._posts() if t.author == self.account])
            case [_, "likes", liked]:
                self.liked.discard(liked)
            case [_, "likes"]:
                self.liked.add(asked.json["tweet_id"])
        return Answer(body={"data": {}})

    def _events(self, asked: Asked, rest: list[str]) -> Answer:
        if not self.knows_messages:
            return x_error(403, "Forbidden")
        if not rest:
            return self._page(asked, [t for t in self.tweets.values() if t.other])
        if rest[0] not in self.tweets:
            return x_error(404, "Not Found")
        if asked.method == "DELETE":
            del self.tweets[rest[0]]
            return Answer(body={"data": {"deleted": True}})
        return Answer(body={"data": self.shown(self.tweets[rest[0]])})

    def _conversations(self, asked: Asked, rest: list[str]) -> Answer:
        other = rest[1] if rest[0] == "with" else rest[0].removeprefix(f"{self.account}-")
        if asked.method == "GET":
            return self._page(asked, [t for t in self.tweets.values() if t.other == other])
        tweet = self.message(asked.json["text"], author=self.account, other=other)
        self.published.append(tweet)
        return Answer(201, {"data": {"dm_event_id": tweet.id, "dm_conversation_id": f"42-{other}"}})

    def _posts(self) -> list[Tweet]:
        return [tweet for tweet in self.tweets.values() if not tweet.other]

    def _page(self, asked: Asked, found: list[Tweet]) -> Answer:
        since = int(asked.query.get("since_id") or 0)
        start_time = asked.query.get("start_time")
        begins = datetime.fromisoformat(start_time) if start_time else None
        wanted = [t for t in found if int(t.id) > since and (begins is None or t.at >= begins)]
        wanted.sort(key=lambda tweet: -int(tweet.id))
        start = int(asked.query.get("pagination_token") or asked.query.get("next_token") or 0)
        end = start + self.page_size
        page = wanted[start:end]
        meta = {"result_count": len(page)} | ({"next_token": str(end)} if wanted[end:] else {})
        body: dict[str, Any] = {"meta": meta, "includes": self._includes(page)}
        if page:
            body["data"] = [self.shown(tweet) for tweet in page]
        headers = {"x-rate-limit-limit": "300", "x-rate-limit-remaining": "299",
                   "x-rate-limit-reset": "4000000000"}  # fmt: skip
        return Answer(body=body, headers=headers)

    def _includes(self, tweets: list[Tweet]) -> dict[str, Any]:
        people = {tweet.author for tweet in tweets}
        counted = {"public_metrics": {"followers_count": 5}}
        users = [{"id": one, "username": f"user{one}", "name": f"User {one}"} for one in people]
        return {"users": [user | counted for user in users]}

    def shown(self, tweet: Tweet) -> dict[str, Any]:
        """A post or message as API v2 tells it."""
        if tweet.other:
            return {
                "id": tweet.id, "text": tweet.text, "event_type": "MessageCreate",
                "sender_id": tweet.author, "created_at": moment(tweet.at),
                "dm_conversation_id": f"{self.account}-{tweet.other}",
            }  # fmt: skip
        found: dict[str, Any] = {
            "id": tweet.id, "text": tweet.text, "author_id": tweet.author, "lang": "en",
            "created_at": moment(tweet.at), "conversation_id": tweet.conversation,
            "edit_history_tweet_ids": [tweet.id],
        }  # fmt: skip
        parent = self.tweets.get(tweet.parent)
        if parent:
            found["referenced_tweets"] = [{"type": "replied_to", "id": parent.id}]
            found["in_reply_to_user_id"] = parent.author
        return found
