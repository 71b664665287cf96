"""LinkedIn's versioned API: one organisation, its posts, and the comments under them."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from inbox.connectors.base import Access
from inbox.connectors.linkedin.parsing import KIND
from tests.networks.stub import Answer, Asked, Stub

ACCOUNT = "5515715"
PAGE = f"urn:li:organization:{ACCOUNT}"
SECRET = "client-secret"
ACTIVITY, SHARE = "urn:li:activity:700", "urn:li:share:600"


def linkedin_error(status: int, message: str = "No.") -> Answer:
    """An error as LinkedIn words it."""
    return Answer(status, {"message": message, "status": status, "serviceErrorCode": 100})


def in_milliseconds(at: datetime) -> int:
    """A time as LinkedIn writes it."""
    return round(at.timestamp() * 1000)


@dataclass
class Remark:
    """A comment, or an answer to the one `parent` names."""

    number: str
    text: str
    actor: str
    parent: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    edited_at: datetime | None = None

    @property
    def urn(self) -> str:
        return f"urn:li:comment:({ACTIVITY},{self.number})"


class CompanyPage:
    """The organisation; its access tokens end when `token` changes."""

    def __init__(self) -> None:
        self.remarks: dict[str, Remark] = {}
        self.published: list[Remark] = []
        self.token = "token-1"
        self.scope = "r_organization_social,w_organization_social,rw_organization_admin"
        self.is_admin = True
        self._count = 9000

    def access(self, stub: Stub, **settings: str) -> Access:
        """How the connector speaks for it; what is not found is certain at once."""
        return Access(
            stub.url,
            settings={
                "account_id": ACCOUNT, "client_id": "client", "token_url": stub.url,
                "settle_seconds": "0", **settings,
            },
            secrets={
                "client_secret": SECRET, "access_token": "token-1", "refresh_token": "refresh-1",
                "scope": self.scope, "expires_at": "2999-01-01T00:00:00+00:00",
            },
            allow_private=True,
        )  # fmt: skip

    def write(
        self, text: str, *, by: str = "urn:li:person:sam", under: Remark | None = None
    ) -> Remark:
        """Somebody comments."""
        self._count += 1
        remark = Remark(str(self._count), text, by, under.urn if under else "")
        self.remarks[remark.urn] = remark
        return remark

    def delivery(self, *remarks: Remark, action: str = "COMMENT") -> tuple[bytes, dict[str, str]]:
        """The body and headers of a notification."""
        told = [
            {"notificationId": number, "organizationalEntity": PAGE, "action": action,
             "sourcePost": SHARE, "generatedActivity": remark.urn,
             "lastModifiedAt": in_milliseconds(remark.at)}
            for number, remark in enumerate(remarks)
        ]  # fmt: skip
        body = json.dumps({"type": KIND, "notifications": told}).encode()
        found = hmac.new(SECRET.encode(), b"hmacsha256=" + body, hashlib.sha256).hexdigest()
        return body, {"X-LI-Signature": found}

    def answer(self, asked: Asked) -> Answer:
        """Do what is asked for, if the token may."""
        if asked.path == "/accessToken":
            return self._grant(dict(parse_qsl(asked.body.decode())))
        if asked.token != self.token:
            return linkedin_error(401, "The token used in the request has expired")
        if asked.headers.get("x-restli-protocol-version") != "2.0.0":
            return linkedin_error(400, "Wrong protocol.")
        match asked.path.strip("/").split("/"):
            case ["organizations", number]:
                return Answer(body={"id": int(number), "localizedName": "Kestrel",
                                    "vanityName": "kestrel"})  # fmt: skip
            case ["organizationAcls"]:
                roles = [{"organization": PAGE, "role": "ADMINISTRATOR"}] if self.is_admin else []
                return Answer(body={"elements": roles})
            case ["posts", *rest]:
                post = self._post()
                return Answer(body=post if rest else {"elements": [post]})
            case ["socialActions", under, "comments"]:
                return self._under(under, asked)
            case ["socialActions", _, "comments", number]:
                return self._one(number, asked)
        return linkedin_error(404, "Not found.")

    def _grant(self, form: dict[str, str]) -> Answer:
        if form.get("refresh_token", "refresh-1") != "refresh-1":
            return Answer(400, {"error": "invalid_grant"})
        return Answer(body={
            "access_token": self.token, "expires_in": 5_184_000, "refresh_token": "refresh-1",
            "refresh_token_expires_in": 31_536_000, "scope": self.scope,
        })  # fmt: skip

    def _post(self) -> dict[str, Any]:
        return {"id": SHARE, "commentary": "Our new oven", "author": PAGE,
                "publishedAt": 1_772_366_400_000}  # fmt: skip

    def _under(self, under: str, asked: Asked) -> Answer:
        parent = under if under.startswith("urn:li:comment") else ""
        if parent and parent not in self.remarks:
            return linkedin_error(404, "Not found.")
        if asked.method == "POST":
            parent = asked.json.get("parentComment", "")
            remark = self.write(asked.json["message"]["text"], by=asked.json["actor"],
                                under=self.remarks.get(parent))  # fmt: skip
            self.published.append(remark)
            return Answer(201, b"", {"x-restli-id": remark.number})
        found = [one for one in self.remarks.values() if one.parent == parent]
        start, count = int(asked.query["start"]), int(asked.query["count"])
        shown = [self.shown(one) for one in found[start : start + count]]
        return Answer(body={"elements": shown})

    def _one(self, number: str, asked: Asked) -> Answer:
        found = next((one for one in self.remarks.values() if one.number == number), None)
        if found is None:
            return linkedin_error(404, "Not found.")
        if asked.method == "DELETE":
            del self.remarks[found.urn]
            return Answer(204, b"")
        if asked.method == "POST":
            found.text = asked.json["patch"]["message"]["$set"]["text"]
            found.edited_at = datetime.now(UTC)
            return Answer(204, b"")
        return Answer(body=self.shown(found))

    def shown(self, remark: Remark) -> dict[str, Any]:
        """A comment as the API tells it."""
        told: dict[str, Any] = {
            "id": remark.number, "actor": remark.actor, "object": ACTIVITY,
            "commentUrn": remark.urn, "message": {"attributes": [], "text": remark.text},
            "created": {"actor": remark.actor, "time": in_milliseconds(remark.at)},
            "lastModified": {"time": in_milliseconds(remark.edited_at or remark.at)},
            "likesSummary": {"totalLikes": 3},
        }  # fmt: skip
        return told | ({"parentComment": remark.parent} if remark.parent else {})
