"""A server that speaks Mastodon's API: an account, and strangers who write to it."""

from __future__ import annotations

import html
import json
import queue
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from inbox.connectors.base import Access
from tests.networks.stub import Answer, Asked, Stub

US, ANA = "1", "77"
HEARTBEAT = 0.2  # seconds; 15 on a real server
NAMES = {US: "kestrel", ANA: "ana@far.example"}


@dataclass
class Status:
    """A status; `versions` are earlier wordings with their times."""

    id: str
    text: str
    author: str
    parent: str = ""
    visibility: str = "public"
    warning: str = ""
    names: tuple[str, ...] = ()
    media: list[dict[str, Any]] = field(default_factory=list)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    edited_at: datetime | None = None
    versions: list[tuple[str, datetime]] = field(default_factory=list)


def refusal(status: int, error: str) -> Answer:
    """An error as the API words it."""
    return Answer(status, {"error": error})


class MastodonServer:
    """One server; `keeps_keys` and `widens` make it one of another make."""

    keeps_keys = True
    widens = False
    blocks = False
    knows_conversations = True

    def __init__(self, *, page_size: int = 40) -> None:
        self.page_size = page_size
        self.statuses: dict[str, Status] = {}
        self.published: list[Status] = []
        self.liked: set[str] = set()
        self.apps: list[dict[str, Any]] = []
        self.token = "token-1"
        self.listeners: list[queue.SimpleQueue[bytes]] = []
        self.streams_at = ""
        self._keys: dict[str, Status] = {}
        self._media: dict[str, dict[str, Any]] = {}
        self._count = 1000

    def access(self, stub: Stub, **settings: str) -> Access:
        """How the connector speaks for it; what is not found is certain at once."""
        own = {"account_id": US, "settle_seconds": "0", **settings}
        return Access(stub.url, own, {"access_token": "token-1"}, allow_private=True)

    def write(self, text: str, *, author: str = ANA, under: Status | None = None,
              **more: Any) -> Status:  # fmt: skip
        """Somebody writes; strangers name the account."""
        self._count += 1
        names = more.pop("names", (US,) if author != US else ())
        status = Status(str(self._count), text, author, under.id if under else "", names=names,
                        **more)  # fmt: skip
        self.statuses[status.id] = status
        return status

    def reword(self, status: Status, text: str) -> None:
        """The author edits."""
        status.versions.append((status.text, status.edited_at or status.at))
        status.text, status.edited_at = text, datetime.now(UTC)

    def answer(self, asked: Asked) -> Answer:
        """Do what is asked for, if the token may."""
        if asked.path == "/api/v1/apps":
            self.apps.append(asked.json)
            return Answer(body={"client_id": "app-1", "client_secret": "secret-1"})
        if asked.path == "/oauth/token":
            is_right = asked.form.get("code") == "good" and asked.form["client_id"] == "app-1"
            return Answer(body={"access_token": self.token}) if is_right else refusal(400, "grant")
        if asked.path == "/api/v2/instance":
            urls = {"streaming": self.streams_at} if self.streams_at else {}
            return Answer(
                body={"configuration": {"statuses": {"max_characters": 600}, "urls": urls}}
            )
        if asked.token != self.token:
            return refusal(401, "The access token is invalid")
        if asked.path == "/api/v1/streaming/user":
            return Answer(pieces=self._stream())
        _, _, _, kind, *rest = asked.path.split("/")
        serve = {"accounts": self._accounts, "statuses": self._statuses, "media": self._upload,
                 "notifications": self._notifications, "conversations": self._talks}  # fmt: skip
        return serve[kind](asked, rest)

    def tell(self, event: str, told: Any) -> None:
        """Say to all who listen that something happened."""
        for listener in self.listeners:
            listener.put(f"event: {event}\ndata: {json.dumps(told)}\n\n".encode())

    def notify(self, status: Status) -> None:
        """Say to all who listen that somebody named the account."""
        self.tell("notification", {"id": "9", "type": "mention", "status": self.shown(status)})

    def hang_up(self) -> None:
        """End all streams."""
        for listener in self.listeners:
            listener.put(b"")

    def _stream(self) -> Iterator[bytes]:
        listener: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.listeners.append(listener)
        try:
            yield b":)\n"
            while True:
                try:
                    said = listener.get(timeout=HEARTBEAT)
                except queue.Empty:
                    said = b":thump\n"
                if not said:
                    return
                yield said
        finally:
            self.listeners.remove(listener)

    def _accounts(self, asked: Asked, rest: list[str]) -> Answer:
        if rest == ["verify_credentials"]:
            return Answer(body=self._person(US))
        if rest == ["relationships"]:
            return Answer(body=[{"id": ANA, "blocked_by": self.blocks, "blocking": False}])
        return self._page(asked, [s for s in self.statuses.values() if s.author == US], self.shown)

    def _notifications(self, asked: Asked, _rest: list[str]) -> Answer:
        def told(status: Status) -> dict[str, Any]:
            person = self._person(status.author)
            return {"id": f"{9_000 + int(status.id)}", "type": "mention", "account": person,
                    "status": self.shown(status)}  # fmt: skip

        return self._page(asked, [s for s in self.statuses.values() if US in s.names], told, 9_000)

    def _talks(self, _asked: Asked, _rest: list[str]) -> Answer:
        if not self.knows_conversations:
            return refusal(404, "Record not found")
        newest = [s for s in self.statuses.values() if s.visibility == "direct"][-1:]
        return Answer(body=[{"id": "5", "accounts": [], "last_status": self.shown(s)}
                            for s in newest])  # fmt: skip

    def _page(self, asked: Asked, found: list[Status], show: Any, plus: int = 0) -> Answer:
        since, until = (int(asked.query.get(name) or 0) for name in ("since_id", "max_id"))
        wanted = [s for s in found if plus + int(s.id) > since]
        wanted = [s for s in wanted if not until or plus + int(s.id) < until]
        wanted.sort(key=lambda status: -int(status.id))
        page = wanted[: self.page_size]
        headers = {"x-ratelimit-limit": "300", "x-ratelimit-remaining": "299",
                   "x-ratelimit-reset": "2030-01-01T00:00:00.000Z"}  # fmt: skip
        if wanted[self.page_size :]:
            last = plus + int(page[-1].id)
            headers["link"] = f'<https://x/?limit=40&max_id={last}>; rel="next"'
        return Answer(body=[show(status) for status in page], headers=headers)

    def _statuses(self, asked: Asked, rest: list[str]) -> Answer:
        if asked.method == "POST" and not rest:
            return self._publish(asked)
        status = self.statuses.get(rest[0])
        if status is None:
            return refusal(404, "Record not found")
        if rest[1:] == ["context"]:
            return Answer(body=self._context(status))
        if rest[1:] == ["history"]:
            wordings = [*status.versions, (status.text, status.edited_at or status.at)]
            return Answer(body=[self.shown(status) | {"content": self._html(status, text),
                                                      "created_at": at.isoformat()}
                                for text, at in wordings])  # fmt: skip
        if asked.method == "DELETE":
            del self.statuses[status.id]
        elif asked.method == "PUT":
            self.reword(status, asked.json["status"])
            status.media = [self._media[number] for number in asked.json["media_ids"]]
        elif rest[1:]:
            (self.liked.add if rest[1] == "favourite" else self.liked.discard)(status.id)
        return Answer(body=self.shown(status))

    def _publish(self, asked: Asked) -> Answer:
        content, key = asked.json, asked.headers.get("idempotency-key", "")
        if self.keeps_keys and key in self._keys:
            return Answer(body=self.shown(self._keys[key]))
        if len(content["status"]) > 700:
            return refusal(422, "Validation failed: Text character limit of 500 exceeded")
        parent = self.statuses[content["in_reply_to_id"]]
        made = self.write(
            content["status"], author=US, under=parent, names=(parent.author,),
            visibility="public" if self.widens else content["visibility"],
            warning=content.get("spoiler_text", ""),
            media=[self._media[number] for number in content.get("media_ids", [])],
        )  # fmt: skip
        self._keys[key] = made
        self.published.append(made)
        return Answer(body=self.shown(made))

    def _upload(self, asked: Asked, _rest: list[str]) -> Answer:
        number = f"m{len(self._media)}"
        self._media[number] = {"id": number, "type": "image", "url": f"https://m.example/{number}",
                               "description": asked.form.get("description")}  # fmt: skip
        return Answer(body=self._media[number])

    def _context(self, status: Status) -> dict[str, Any]:
        above: list[dict[str, Any]] = []
        below: list[dict[str, Any]] = []
        parent = self.statuses.get(status.parent)
        while parent:
            above.insert(0, self.shown(parent))
            parent = self.statuses.get(parent.parent)
        known = {status.id}
        for one in self.statuses.values():
            if one.parent in known:
                known.add(one.id)
                below.append(self.shown(one))
        return {"ancestors": above, "descendants": below}

    def _person(self, number: str) -> dict[str, Any]:
        name = NAMES[number]
        return {"id": number, "acct": name, "username": name.partition("@")[0],
                "display_name": name.partition("@")[0].title(), "followers_count": 3,
                "url": f"https://far.example/@{name}"}  # fmt: skip

    def _html(self, status: Status, text: str) -> str:
        words = html.escape(text, quote=False)
        for number in (US, ANA):
            name = NAMES[number]
            short = name.partition("@")[0]
            link = f'<a href="https://x/@{name}" class="u-url mention">@<span>{short}</span></a>'
            words = words.replace(f"@{name}", link)
        return f"<p>{words}</p>"

    def shown(self, status: Status) -> dict[str, Any]:
        """A status as the API tells it."""
        parent = self.statuses.get(status.parent)
        return {
            "id": status.id, "created_at": status.at.isoformat(),
            "account": self._person(status.author),
            "edited_at": status.edited_at.isoformat() if status.edited_at else None,
            "in_reply_to_id": status.parent or None, "visibility": status.visibility,
            "in_reply_to_account_id": parent.author if parent else None,
            "spoiler_text": status.warning, "content": self._html(status, status.text),
            "mentions": [self._person(number) for number in status.names], "language": "en",
            "media_attachments": status.media, "favourites_count": 1, "reblogs_count": 0,
            "url": f"https://far.example/{status.id}", "card": None, "reblog": None,
        }  # fmt: skip


def query_of(url: str) -> dict[str, str]:
    """The fields of an address."""
    return {name: found[0] for name, found in parse_qs(urlsplit(url).query).items()}
