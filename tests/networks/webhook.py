"""A forum of somebody's own that takes replies by signed webhook."""

from __future__ import annotations

import json
from typing import Any

from standardwebhooks import Webhook

from inbox.connectors.base import Access
from tests.networks.stub import Answer, Asked, Stub

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Receiver:
    """Checks signatures by the scheme's own library, and does each webhook-id once."""

    def __init__(self) -> None:
        self.supports = ["private", "edit", "delete", "attachments", "lookup"]
        self.secret = SECRET
        self.published: dict[str, dict[str, Any]] = {}
        self.hears = 0

    def access(self, stub: Stub, *, supports: str | None = None, **settings: str) -> Access:
        """How the connector speaks to it."""
        told = " ".join(self.supports) if supports is None else supports
        return Access(
            "",
            settings={"reply_url": f"{stub.url}/replies", "reply_supports": told, **settings},
            secrets={"secret": SECRET},
            allow_private=True,
        )

    def answer(self, asked: Asked) -> Answer:
        """Do what is asked for, if it is signed."""
        try:
            Webhook(self.secret).verify(asked.body.decode(), dict(asked.headers), json_parse=False)
        except Exception:  # noqa: BLE001 - whatever the library finds amiss
            return Answer(401, {"message": "unsigned"})
        key = asked.headers["webhook-id"]
        if asked.method == "GET":
            return self._told(asked.query["id"])
        match asked.json["type"]:
            case "hello":
                return Answer(body={"name": "Forum", "supports": self.supports,
                                    "length_limit": 500})  # fmt: skip
            case "reply.publish":
                self.hears += 1
                self.published.setdefault(key, dict(asked.json["data"]))
                return self._told(key)
            case kind:
                return self._change(kind, asked.json["data"])

    def _told(self, key: str) -> Answer:
        if key not in self.published:
            return Answer(404, {"message": "No such reply."})
        return Answer(body={"id": f"r-{key}", "url": f"https://forum.example/r/{key}"})

    def _change(self, kind: str, data: dict[str, Any]) -> Answer:
        key = data["id"].removeprefix("r-")
        if key not in self.published:
            return Answer(410, {"message": "Gone."})
        if kind == "reply.delete":
            del self.published[key]
            return Answer(204, b"")
        self.published[key]["text"] = data["text"]
        return Answer(body=json.loads(json.dumps({"id": data["id"]})))
