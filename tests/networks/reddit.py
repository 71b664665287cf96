"""Reddit: one subreddit, and an account that is mentioned, answered and written to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from inbox.connectors.base import Access
from tests.networks.stub import Answer, Asked, Stub

ACCOUNT = "kestrel"
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def reddit_error(code: str, said: str = "no", **more: Any) -> Answer:
    """A refusal as Reddit sends it: inside a 200."""
    return Answer(200, {"json": {"errors": [[code, said, "field"]], **more}})


def in_base_36(number: int) -> str:
    """A number as Reddit writes its ids."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _ALPHABET[digit] + digits
    return digits or "0"


@dataclass
class Thing:
    """A post (t3), comment (t1) or message (t4)."""

    name: str
    text: str
    author: str
    parent: str = ""
    link: str = ""
    title: str = ""
    to: str = ""
    is_mention: bool = False
    edited: float | None = None
    removed_by: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def kind(self) -> str:
        return self.name[:2]

    @property
    def number(self) -> str:
        return self.name[3:]


class RedditSite:
    """What one account sees; its access tokens end when `token` changes."""

    def __init__(self, *, page_size: int = 100) -> None:
        self.page_size = page_size
        self.things: dict[str, Thing] = {}
        self.published: list[Thing] = []
        self.token = "token-1"
        self.refresh_token = "refresh-1"
        self.scope = "identity read submit edit history privatemessages modposts"
        self.is_moderator = True
        self.shown_at_once = 1000  # comments of a thread; the others are only named
        self._count = 46_656

    def access(self, stub: Stub, **settings: str) -> Access:
        """How the connector speaks for it; what is not found is certain at once."""
        return Access(
            stub.url,
            settings={
                "username": ACCOUNT, "subreddit": "bakery", "client_id": "client",
                "token_url": stub.url, "settle_seconds": "0", **settings,
            },
            secrets={
                "client_secret": "s", "access_token": "token-1", "refresh_token": "refresh-1",
                "scope": self.scope,
            },
            allow_private=True,
        )  # fmt: skip

    def post(self, title: str, text: str = "", *, by: str = "sam") -> Thing:
        """Somebody writes in the subreddit."""
        thing = self._add("t3", text, by)
        thing.title, thing.link = title, thing.name
        return thing

    def comment(self, text: str, under: Thing, *, by: str = "sam", **more: Any) -> Thing:
        """Somebody comments."""
        thing = self._add("t1", text, by, **more)
        thing.parent, thing.link = under.name, under.link
        return thing

    def message(self, text: str, *, by: str = "sam", to: str = ACCOUNT, under: Thing | None = None,
                title: str = "Hello") -> Thing:  # fmt: skip
        """Somebody writes a private message."""
        thing = self._add("t4", text, by)
        thing.to, thing.title = to, title
        if under:
            thing.parent, thing.link = under.name, under.link or under.name
        return thing

    def _add(self, kind: str, text: str, author: str, **more: Any) -> Thing:
        self._count += 1
        thing = Thing(f"{kind}_{in_base_36(self._count)}", text, author, **more)
        self.things[thing.name] = thing
        return thing

    def answer(self, asked: Asked) -> Answer:
        """Do what is asked for, if the token may."""
        if asked.path == "/api/v1/access_token":
            return self._grant(asked)
        if asked.token != self.token:
            return Answer(401, {"message": "Unauthorized", "error": 401})
        answer = self._answer(asked)
        told = {"x-ratelimit-used": "4", "x-ratelimit-remaining": "96.0", "x-ratelimit-reset": "30"}
        return Answer(answer.status, answer.body, {**told, **answer.headers})

    def _grant(self, asked: Asked) -> Answer:
        if asked.form.get("grant_type") == "refresh_token":
            if asked.form["refresh_token"] != self.refresh_token:
                return Answer(400, {"error": "invalid_grant"})
            return Answer(body={"access_token": self.token, "expires_in": 86400,
                                "scope": self.scope})  # fmt: skip
        return Answer(body={"access_token": self.token, "refresh_token": self.refresh_token,
                            "expires_in": 86400, "scope": self.scope})  # fmt: skip

    def _answer(self, asked: Asked) -> Answer:
        listed = self._listed(asked.path)
        if listed is not None:
            return self._page(asked, listed)
        match asked.path.strip("/").split("/"):
            case ["api", "v1", "me"]:
                return Answer(body={"id": "9zz", "name": ACCOUNT})
            case ["r", _, "about"]:
                return Answer(body={"data": {"user_is_moderator": self.is_moderator}})
            case ["message", "messages", number]:
                return self._conversation(f"t4_{number}")
            case ["comments", number]:
                return self._thread(f"t3_{number}", asked.query.get("comment", ""))
            case ["api", "info"]:
                return self._listing([o for o in self._all() if o.name == asked.query["id"]])
            case ["api", "morechildren"]:
                wanted = asked.query["children"].split(",")
                found = [o for o in self._all() if o.kind == "t1" and o.number in wanted]
                return Answer(body={"json": {"errors": [], "data": {"things": self._shown(found)}}})
            case ["api", action]:
                return self._act(action, asked.form)
        return Answer(404, {"message": "Not Found", "error": 404})

    def _all(self) -> list[Thing]:
        return list(self.things.values())

    def _listed(self, path: str) -> list[Thing] | None:
        """What an address lists, if it is one of those."""
        kinds = {kind: [o for o in self._all() if o.kind == kind] for kind in ("t1", "t3", "t4")}
        mentions = [one for one in kinds["t1"] if one.is_mention]
        lists = {
            "/r/bakery/new": kinds["t3"],
            "/r/bakery/comments": [one for one in kinds["t1"] if not one.is_mention],
            "/message/inbox": mentions + [o for o in kinds["t4"] if o.author != ACCOUNT],
            "/message/sent": [one for one in kinds["t4"] if one.author == ACCOUNT],
            f"/user/{ACCOUNT}/comments": [one for one in kinds["t1"] if one.author == ACCOUNT],
        }
        return lists.get(path)

    def _act(self, action: str, form: dict[str, str]) -> Answer:
        thing = self.things.get(form.get("thing_id") or form.get("id") or "")
        if action == "compose":
            self.published.append(
                self.message(form["text"], by=ACCOUNT, to=form["to"], title=form["subject"])
            )
            return Answer(body={"json": {"errors": []}})
        if thing is None:
            return Answer(body={}) if action == "del" else reddit_error("DELETED_COMMENT", "gone")
        if action == "comment":
            text, to = form["text"], thing.author
            is_message = thing.kind == "t4"
            made = (
                self.message(text, by=ACCOUNT, to=to, under=thing)
                if is_message
                else self.comment(text, thing, by=ACCOUNT)
            )
            self.published.append(made)
            return _things(self._shown([made]))
        if action == "editusertext":
            thing.text, thing.edited = form["text"], datetime.now(UTC).timestamp()
            return _things(self._shown([thing]))
        if action == "del":
            thing.text = thing.author = "[deleted]"
        elif action in {"remove", "approve"}:
            thing.removed_by = "moderator" if action == "remove" else ""
        return Answer(body={})

    def _conversation(self, name: str) -> Answer:
        thing = self.things.get(name)
        if thing is None:
            return Answer(404, {"message": "Not Found", "error": 404})
        first = self.things[thing.link] if thing.link else thing
        rest = [one for one in self.things.values() if one.link == first.name]
        (shown,) = self._shown([first])
        shown["data"]["replies"] = self._listing(rest).body
        return Answer(body={"kind": "Listing", "data": {"children": [shown]}})

    def _thread(self, link: str, branch: str) -> Answer:
        post = self.things.get(link)
        if post is None:
            return Answer(404, {"message": "Not Found", "error": 404})
        comments = [one for one in self.things.values() if one.link == link and one is not post]
        if branch:
            comments = [c for c in comments if c.number == branch or c.parent == f"t1_{branch}"]
        shown = self._nested(link, comments[: self.shown_at_once])
        left = [one.number for one in comments[self.shown_at_once :]]
        more = [{"kind": "more", "data": {"children": left, "parent_id": link}}] if left else []
        below = {"kind": "Listing", "data": {"children": [*shown, *more]}}
        return Answer(body=[self._listing([post]).body, below])

    def _nested(self, parent: str, comments: list[Thing]) -> list[dict[str, Any]]:
        names = {one.name for one in comments}
        top = [one for one in comments if one.parent == parent or
               (parent.startswith("t3") and one.parent not in names)]  # fmt: skip
        shown = self._shown(top)
        for one in shown:
            below = self._nested(one["data"]["name"], comments)
            one["data"]["replies"] = (
                {"kind": "Listing", "data": {"children": below}} if below else ""
            )
        return shown

    def _page(self, asked: Asked, found: list[Thing]) -> Answer:
        found = sorted(found, key=lambda one: -one.at.timestamp())
        names = [one.name for one in found]
        after = asked.query.get("after")
        start = names.index(after) + 1 if after in names else 0
        page = found[start : start + self.page_size]
        answer = self._listing(page)
        answer.body["data"]["after"] = page[-1].name if found[start + self.page_size :] else None
        return answer

    def _listing(self, things: list[Thing]) -> Answer:
        return Answer(body={"kind": "Listing", "data": {"children": self._shown(things)}})

    def _shown(self, things: list[Thing]) -> list[dict[str, Any]]:
        return [{"kind": thing.kind, "data": self.shown(thing)} for thing in things]

    def shown(self, thing: Thing) -> dict[str, Any]:
        """The data of a thing as Reddit tells it."""
        told: dict[str, Any] = {
            "id": thing.number, "name": thing.name, "author": thing.author, "score": 1,
            "created_utc": thing.at.timestamp(), "edited": thing.edited or False,
        }  # fmt: skip
        if thing.kind == "t3":
            return told | {
                "title": thing.title, "selftext": thing.text, "is_self": True,
                "removed_by_category": thing.removed_by or None,
                "permalink": f"/r/bakery/comments/{thing.number}/x/",
            }  # fmt: skip
        if thing.kind == "t4":
            return {**told, "body": thing.text, "subject": thing.title, "dest": thing.to,
                    "parent_id": thing.parent or None,
                    "first_message_name": thing.link or None}  # fmt: skip
        body = "[removed]" if thing.removed_by else thing.text
        told |= {"body": body, "parent_id": thing.parent, "link_id": thing.link,
                 "permalink": f"/r/bakery/comments/{thing.link[3:]}/x/{thing.number}/"}  # fmt: skip
        return told | ({"type": "username_mention"} if thing.is_mention else {})


def _things(shown: list[dict[str, Any]]) -> Answer:
    return Answer(body={"json": {"errors": [], "data": {"things": shown}}})
