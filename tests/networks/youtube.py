"""The YouTube Data API: one channel, its videos, and the comments under them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from inbox.connectors.base import Access
from tests.networks.stub import Answer, Asked, Stub

ACCOUNT = "UCkestrel"
COSTS = {"GET": 1, "POST": 50, "PUT": 50, "DELETE": 50}


def google_error(status: int, reason: str, message: str = "No.") -> Answer:
    """An error as Google words it."""
    error = {"code": status, "message": message, "errors": [{"reason": reason, "domain": "x"}]}
    return Answer(status, {"error": error})


def moment(at: datetime) -> str:
    """A time as Google writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Comment:
    """A comment, or an answer to the one `parent` names."""

    id: str
    text: str
    author: str
    video: str
    parent: str = ""
    status: str = "published"
    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    edited_at: datetime | None = None


class Studio:
    """The channel; its access tokens end when `token` changes."""

    def __init__(self, *, page_size: int = 100, replies_shown: int = 5) -> None:
        self.page_size = page_size
        self.replies_shown = replies_shown
        self.comments: dict[str, Comment] = {}
        self.published: list[Comment] = []
        self.titles = {"v1": "How we bake", "v2": "A day at the mill"}
        self.token = "token-1"
        self.refresh_token = "refresh-1"
        self._count = 0

    def access(self, stub: Stub, **settings: str) -> Access:
        """How the connector speaks for it; what is not found is certain at once."""
        return Access(
            stub.url,
            settings={
                "account_id": ACCOUNT, "client_id": "client", "token_url": stub.url,
                "settle_seconds": "0", **settings,
            },
            secrets={
                "client_secret": "s", "access_token": "token-1", "refresh_token": "refresh-1",
                "expires_at": "2999-01-01T00:00:00+00:00",
            },
            allow_private=True,
        )  # fmt: skip

    def write(
        self, text: str, *, by: str = "UCsam", under: Comment | None = None, video: str = "v1",
        status: str = "published",
    ) -> Comment:  # fmt: skip
        """Somebody comments."""
        self._count += 1
        own_id = f"Ug{self._count:03}"
        top = under.id.partition(".")[0] if under else ""
        comment = Comment(
            f"{top}.{own_id}" if top else own_id, text, by, under.video if under else video, top,
            status,
        )  # fmt: skip
        self.comments[comment.id] = comment
        return comment

    def answer(self, asked: Asked) -> Answer:
        """Do what is asked for, if the token may."""
        if asked.path == "/token":
            body = {"access_token": self.token, "expires_in": 3600}
            if asked.form["grant_type"] == "authorization_code":
                return Answer(body=body | {"refresh_token": self.refresh_token})
            fits = asked.form["refresh_token"] == self.refresh_token
            return Answer(body=body) if fits else Answer(400, {"error": "invalid_grant"})
        if asked.token != self.token:
            return google_error(401, "authError")
        match asked.method, asked.path:
            case "GET", "/channels":
                snippet = {"title": "Kestrel", "customUrl": "@kestrel"}
                return Answer(body={"items": [{"id": ACCOUNT, "snippet": snippet}]})
            case "GET", "/videos":
                return Answer(
                    body={"items": [self._video(v) for v in asked.query["id"].split(",")]}
                )
            case "GET", "/commentThreads":
                return self._threads(asked)
            case "GET", "/comments":
                return self._comments(asked)
            case "POST", "/comments/setModerationStatus":
                self.comments[asked.query["id"]].status = asked.query["moderationStatus"]
                return Answer(204, b"")
            case _, "/comments":
                return self._change(asked)
        return google_error(404, "notFound")

    def _video(self, own_id: str) -> dict[str, Any]:
        snippet = {"title": self.titles[own_id], "channelId": ACCOUNT, "channelTitle": "Kestrel",
                   "publishedAt": "2026-01-01T00:00:00Z"}  # fmt: skip
        return {"id": own_id, "snippet": snippet}

    def _threads(self, asked: Asked) -> Answer:
        found = [one for one in self.comments.values() if not one.parent]
        status = asked.query.get("moderationStatus", "published")
        if "id" in asked.query:
            found = [one for one in found if one.id == asked.query["id"]]
        else:
            found = [one for one in found if one.status == status]
        if video := asked.query.get("videoId"):
            found = [one for one in found if one.video == video]
        found.sort(key=lambda one: one.at, reverse=True)
        return self._page(asked, [self._thread(one) for one in found])

    def _page(self, asked: Asked, found: list[dict[str, Any]]) -> Answer:
        start = int(asked.query.get("pageToken") or 0)
        end = start + self.page_size
        more = {"nextPageToken": str(end)} if found[end:] else {}
        return Answer(body={"items": found[start:end], **more})

    def _thread(self, top: Comment) -> dict[str, Any]:
        below = [one for one in self.comments.values() if one.parent == top.id]
        snippet = {"videoId": top.video, "channelId": ACCOUNT, "totalReplyCount": len(below),
                   "topLevelComment": self.shown(top)}  # fmt: skip
        shown = [self.shown(one) for one in below[: self.replies_shown]]
        return {
            "id": top.id,
            "snippet": snippet,
            **({"replies": {"comments": shown}} if shown else {}),
        }

    def _comments(self, asked: Asked) -> Answer:
        if parent := asked.query.get("parentId"):
            found = [one for one in self.comments.values() if one.parent == parent]
        else:
            wanted = asked.query["id"].split(",")
            found = [one for one in self.comments.values() if one.id in wanted]
        return self._page(asked, [self.shown(one) for one in found])

    def _change(self, asked: Asked) -> Answer:
        if asked.method == "POST":
            snippet = asked.json["snippet"]
            parent = self.comments.get(snippet["parentId"])
            if parent is None:
                return google_error(404, "parentCommentNotFound")
            comment = self.write(snippet["textOriginal"], by=ACCOUNT, under=parent)
            self.published.append(comment)
            return Answer(body=self.shown(comment))
        found = self.comments.get(asked.json["id"] if asked.method == "PUT" else asked.query["id"])
        if found is None:
            return google_error(404, "commentNotFound")
        if asked.method == "DELETE":
            del self.comments[found.id]
            return Answer(204, b"")
        found.text = asked.json["snippet"]["textOriginal"]
        found.edited_at = datetime.now(UTC)
        return Answer(body=self.shown(found))

    def shown(self, comment: Comment) -> dict[str, Any]:
        """A comment as the API tells it."""
        snippet: dict[str, Any] = {
            "textDisplay": comment.text, "videoId": comment.video, "likeCount": 2,
            "authorDisplayName": f"@{comment.author[2:]}",
            "authorChannelId": {"value": comment.author}, "publishedAt": moment(comment.at),
            "updatedAt": moment(comment.edited_at or comment.at),
        }  # fmt: skip
        if comment.parent:
            snippet["parentId"] = comment.parent
        if comment.status != "published":
            snippet["moderationStatus"] = comment.status
        return {"id": comment.id, "snippet": snippet}
