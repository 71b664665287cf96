"""Meta's Graph API: a Facebook page and an Instagram account that keep what is written on them."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from inbox.connectors.base import Access
from tests.networks.stub import Answer, Asked, Stub

APP_SECRET = "app-secret"
TOKEN = "page-token"


def moment(seconds: float | None = None) -> str:
    """A time as the Graph API writes it."""
    at = datetime.fromtimestamp(time.time() if seconds is None else seconds, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


def graph_error(code: int, message: str = "No.", *, subcode: int = 0, status: int = 400) -> Answer:
    """An error as the Graph API words it."""
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A"}
    return Answer(status, {"error": error | ({"error_subcode": subcode} if subcode else {})})


@dataclass
class Thing:
    """A post, comment, review or message."""

    id: str
    text: str
    author: str
    name: str = ""
    parent: str = ""
    created_at: float = field(default_factory=time.time)
    is_hidden: bool = False
    is_private: bool = False
    likes: set[str] = field(default_factory=set)


class Graph:
    """What both have in common: things with ids, lists in pages, a token that may do all."""

    object_kind = ""

    def __init__(self, account: str, *, page_size: int = 25) -> None:
        self.account = account
        self.page_size = page_size
        self.things: dict[str, Thing] = {}
        self.published: list[Thing] = []
        self.rights: list[str] = []
        self._count = 0

    def access(self, stub: Stub, **settings: str) -> Access:
        """How the connector speaks for it; what is not found is certain at once."""
        return Access(
            stub.url,
            settings={
                "account_id": self.account, "app_id": "app", "settle_seconds": "0", **settings,
            },
            secrets={"app_secret": APP_SECRET, "page_token": TOKEN, "verify_token": "verify"},
            own_ids=frozenset({self.account}),
            allow_private=True,
        )  # fmt: skip

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers of a delivery of `body`."""
        found = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Hub-Signature-256": f"sha256={found}", "Content-Type": "application/json"}

    def delivery(self, *values: dict[str, Any], field_name: str = "feed") -> bytes:
        """A body that tells of `values`, as changes of `field_name`."""
        changes = [{"field": field_name, "value": value} for value in values]
        entry = {"id": self.account, "time": int(time.time()), "changes": changes}
        return json.dumps({"object": self.object_kind, "entry": [entry]}).encode()

    def new_id(self, prefix: str = "") -> str:
        """An id nobody has."""
        self._count += 1
        return f"{prefix}{1000 + self._count}"

    def keep(self, thing: Thing) -> Thing:
        """Let the network hold `thing`."""
        self.things[thing.id] = thing
        return thing

    def message(self, text: str, *, author: str = "psid-1", at: float | None = None) -> Thing:
        """A person writes a direct message."""
        thing = Thing(self.new_id("m_"), text, author, parent=author, is_private=True)
        thing.created_at = at or thing.created_at
        return self.keep(thing)

    def answer(self, asked: Asked) -> Answer:
        """Do what is asked for, if the token may."""
        if "/oauth/" in asked.path:
            return Answer(body={"access_token": "person-token", "token_type": "bearer"})
        if asked.path == "/debug_token":
            return Answer(body={"data": {"is_valid": True, "app_id": "app", "expires_at": 0,
                                         "data_access_expires_at": 4_000_000_000,
                                         "scopes": self.rights}})  # fmt: skip
        if asked.token not in {TOKEN, "person-token"}:
            return graph_error(190, "Invalid OAuth access token.", status=401)
        _, place, *edge = asked.path.split("/")
        return self.serve(asked, place, edge[0] if edge else "")

    def serve(self, asked: Asked, place: str, edge: str) -> Answer:
        """What both do alike."""
        if place == "me" and edge == "messages":
            return self._send(asked)
        if place == "me" and edge == "conversations":
            return self.listed(asked, self._conversations(asked.query.get("user_id", "")))
        thing = self.things.get(place)
        if thing is None:
            return graph_error(100, f"Object with ID '{place}' does not exist.", subcode=33)
        if edge == "likes":
            thing.likes ^= {self.account}
            return Answer(body={"success": True})
        if asked.method == "DELETE":
            del self.things[place]
            return Answer(body={"success": True})
        if asked.method == "POST" and not edge:
            return self._change(asked, thing)
        return Answer(body=self.shown(thing))

    def _change(self, asked: Asked, thing: Thing) -> Answer:
        form = asked.form
        thing.text = form.get("message", thing.text)
        hidden = form.get("is_hidden", form.get("hide"))
        thing.is_hidden = thing.is_hidden if hidden is None else hidden == "true"
        return Answer(body={"success": True})

    def publish(self, thing: Thing) -> Thing:
        """Keep what was published through the API."""
        self.published.append(thing)
        return self.keep(thing)

    def _send(self, asked: Asked) -> Answer:
        form = asked.form
        recipient = json.loads(form["recipient"])
        comment = self.things.get(recipient.get("comment_id", ""))
        person = recipient.get("id") or (comment.author if comment else "")
        text = json.loads(form["message"])["text"]
        thing = Thing(self.new_id("m_"), text, self.account, parent=person, is_private=True)
        self.publish(thing)
        return Answer(body={"recipient_id": person, "message_id": thing.id})

    def _conversations(self, person: str) -> list[dict[str, Any]]:
        found: dict[str, list[Thing]] = {}
        for thing in self.things.values():
            if thing.is_private and person in {"", thing.parent}:
                found.setdefault(thing.parent, []).append(thing)
        return [
            {
                "id": f"t_{other}",
                "updated_time": moment(messages[-1].created_at),
                "participants": {"data": [{"id": other}, {"id": self.account}]},
                "messages": {"data": [self.shown(one) for one in reversed(messages)]},
            }
            for other, messages in found.items()
        ]

    def listed(self, asked: Asked, found: Iterable[dict[str, Any]]) -> Answer:
        """One page of a list."""
        start = int(asked.query.get("after") or 0)
        everything = list(found)
        end = start + self.page_size
        paging = {"cursors": {"after": str(end)}}
        if end < len(everything):
            paging["next"] = f"{asked.path}?after={end}"  # type: ignore[assignment]
        return Answer(body={"data": everything[start:end], "paging": paging})

    def below(self, parent: str) -> list[Thing]:
        """What hangs directly under a thing."""
        return [one for one in self.things.values() if one.parent == parent and not one.is_private]

    def shown(self, thing: Thing) -> dict[str, Any]:
        """A thing as the API tells it."""
        raise NotImplementedError


class FacebookPage(Graph):
    """A page with posts, comments, reviews and Messenger."""

    object_kind = "page"

    def post(self, text: str = "Our new rye.", *, at: float | None = None) -> Thing:
        """The page posts."""
        thing = Thing(self.new_id(f"{self.account}_"), text, self.account, "Kestrel")
        thing.created_at = at or thing.created_at
        return self.keep(thing)

    def comment(
        self, text: str, under: Thing, *, author: str = "77", at: float | None = None
    ) -> Thing:
        """Somebody comments on a post, or answers a comment."""
        number = under.id.rpartition("_")[2] if under.author == self.account else "1"
        thing = Thing(self.new_id(f"{number}_"), text, author, "Sam", parent=under.id)
        thing.created_at = at or thing.created_at
        return self.keep(thing)

    def told(self, thing: Thing, verb: str = "add") -> dict[str, Any]:
        """What a webhook says of a comment."""
        return {
            "item": "comment", "verb": verb, "comment_id": thing.id, "parent_id": thing.parent,
            "post_id": thing.parent, "message": thing.text, "created_time": int(thing.created_at),
            "from": {"id": thing.author, "name": thing.name},
        }  # fmt: skip

    def serve(self, asked: Asked, place: str, edge: str) -> Answer:
        """A page's own edges."""
        if place == "me" and edge == "accounts":
            page = {"id": self.account, "name": "Kestrel", "access_token": TOKEN}
            return Answer(body={"data": [page]})
        if place == "me" and not edge:
            return Answer(body={"id": self.account, "name": "Kestrel", "username": "kestrel"})
        if place == self.account and edge == "feed":
            posts = [one for one in self.things.values() if one.id.startswith(f"{place}_")]
            return self.listed(asked, [self._in_feed(one) for one in reversed(posts)])
        if place == self.account and edge == "ratings":
            return self.listed(asked, [])
        if place == self.account and edge == "photos":
            return Answer(body={"id": self.new_id("photo")})
        if place in self.things and edge == "comments":
            return self._comments(asked, self.things[place])
        return super().serve(asked, place, edge)

    def _comments(self, asked: Asked, under: Thing) -> Answer:
        if asked.method == "POST":
            number = under.id.rpartition("_")[2]
            thing = Thing(self.new_id(f"{number}_"), asked.form["message"], self.account, "Kestrel")
            thing.parent = under.id
            return Answer(body=self.shown(self.publish(thing)))
        found = self.below(under.id)
        if asked.query.get("filter") == "stream":
            found += [one for above in list(found) for one in self.below(above.id)]
        found.sort(key=lambda one: one.created_at)
        if asked.query.get("order") == "reverse_chronological":
            found.reverse()
        return self.listed(asked, [self.shown(one) for one in found])

    def _in_feed(self, post: Thing) -> dict[str, Any]:
        comments = self.below(post.id)
        comments += [one for above in list(comments) for one in self.below(above.id)]
        return {**self.shown(post), "comments": {"data": [self.shown(one) for one in comments]}}

    def shown(self, thing: Thing) -> dict[str, Any]:
        """A thing as the API tells it."""
        found = {
            "id": thing.id, "message": thing.text, "created_time": moment(thing.created_at),
            "from": {"id": thing.author, "name": thing.name}, "is_hidden": thing.is_hidden,
            "permalink_url": f"https://www.facebook.com/{thing.id}",
        }  # fmt: skip
        if thing.is_private:
            other = thing.parent if thing.author == self.account else self.account
            return found | {"to": {"data": [{"id": other}]}}
        above = self.things.get(thing.parent)
        if above and not above.id.startswith(f"{self.account}_"):
            found["parent"] = {"id": thing.parent}
        return found


class InstagramAccount(Graph):
    """A professional account with pictures, comments and messages."""

    object_kind = "instagram"

    def picture(self, caption: str = "Fresh rye.") -> Thing:
        """The account posts a picture."""
        return self.keep(Thing(self.new_id("17"), caption, self.account, "kestrel"))

    def comment(self, text: str, under: Thing, *, author: str = "77") -> Thing:
        """Somebody comments on a picture, or answers a comment."""
        return self.keep(Thing(self.new_id("18"), text, author, "sam", parent=under.id))

    def serve(self, asked: Asked, place: str, edge: str) -> Answer:
        """An account's own edges."""
        if place == "me" and edge == "accounts":
            page = {"id": "page-1", "access_token": TOKEN,
                    "instagram_business_account": {"id": self.account}}  # fmt: skip
            return Answer(body={"data": [page]})
        if place == self.account and edge == "media":
            pictures = [one for one in self.things.values() if one.id.startswith("17")]
            return self.listed(asked, [self._media(one) for one in reversed(pictures)])
        if place == self.account and edge == "mentions":
            return self._make(asked.form["message"], asked.form.get("comment_id", ""))
        if place == self.account:
            return self._account(asked)
        if place in self.things and edge in {"comments", "replies"}:
            if asked.method == "POST":
                return self._make(asked.form["message"], place)
            return self.listed(asked, [self.shown(one) for one in self.below(place)])
        if place in self.things and "metadata" in asked.query:
            kind = "IGMedia" if place.startswith("17") else "IGComment"
            return Answer(body={"id": place, "metadata": {"type": kind}})
        if place in self.things and place.startswith("17"):
            return Answer(body=self._media(self.things[place]))
        if place in self.things and asked.method == "GET" and not self.things[place].is_private:
            return Answer(body=self._with_replies(self.things[place]))
        return super().serve(asked, place, edge)

    def _account(self, asked: Asked) -> Answer:
        fields = asked.query.get("fields", "")
        if not fields.startswith("mentioned_"):
            return Answer(body={"id": self.account, "username": "kestrel", "name": "Kestrel"})
        name, _, rest = fields.partition(".")
        thing = self.things.get(rest.partition("(")[2].partition(")")[0])
        if thing is None:
            return graph_error(100, "Does not exist.", subcode=33)
        words = "text" if name == "mentioned_comment" else "caption"
        found = {"id": thing.id, words: thing.text, "timestamp": moment(thing.created_at),
                 "username": thing.name}  # fmt: skip
        return Answer(body={name: found, "id": self.account})

    def _make(self, text: str, parent: str) -> Answer:
        thing = Thing(self.new_id("18"), text, self.account, "kestrel", parent=parent)
        return Answer(body={"id": self.publish(thing).id})

    def _with_replies(self, thing: Thing) -> dict[str, Any]:
        replies = [self.shown(one) for one in self.below(thing.id)]
        return {**self.shown(thing), "replies": {"data": replies}}

    def _media(self, thing: Thing) -> dict[str, Any]:
        comments = [self._with_replies(one) for one in self.below(thing.id)]
        return {
            "id": thing.id, "caption": thing.text, "timestamp": moment(thing.created_at),
            "username": "kestrel", "permalink": f"https://www.instagram.com/p/{thing.id}/",
            "media_type": "IMAGE", "media_url": "https://cdn.example/1.jpg",
            "comments": {"data": comments},
        }  # fmt: skip

    def shown(self, thing: Thing) -> dict[str, Any]:
        """A thing as the API tells it."""
        if thing.is_private:
            other = thing.parent if thing.author == self.account else self.account
            return {
                "id": thing.id, "message": thing.text, "created_time": moment(thing.created_at),
                "from": {"id": thing.author, "username": thing.name},
                "to": {"data": [{"id": other}]},
            }  # fmt: skip
        found = {
            "id": thing.id, "text": thing.text, "timestamp": moment(thing.created_at),
            "from": {"id": thing.author, "username": thing.name}, "username": thing.name,
            "hidden": thing.is_hidden,
        }  # fmt: skip
        if thing.parent.startswith("18"):
            found["parent_id"] = thing.parent
        return found
