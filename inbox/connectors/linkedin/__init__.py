"""LinkedIn: the comments on an organisation's page, and mentions of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from inbox.connectors import values
from inbox.connectors.base import Access, Capabilities, Field, Handshake, Identity, Network
from inbox.connectors.digests import check_hex, digest
from inbox.connectors.errors import Forbidden, Gone
from inbox.connectors.linkedin import parsing, reading, writing
from inbox.connectors.linkedin.client import Client
from inbox.connectors.oauth import ends_at
from inbox.connectors.signature import SignatureError
from inbox.connectors.types import Delivery, IncomingPost, OutgoingPost, Page, Published

HEADER = "X-LI-Signature"
DIALOG = "https://www.linkedin.com/oauth/v2/authorization"
_SIGNED = "hmacsha256="
RIGHTS = {
    "r_organization_social": "comments cannot be read",
    "w_organization_social": "comments cannot be answered",
    "rw_organization_admin": "notifications cannot be subscribed to",
}


class LinkedIn(Network):
    """One organisation's page."""

    slug = "linkedin"
    label = "LinkedIn page"
    capabilities = Capabilities(
        deliveries=True,
        polling=True,
        sign_in=True,
        reply=True,
        edit=True,
        delete=True,
        threading=True,
        missing={
            "private_reply": "LinkedIn lets pages write no messages through its API.",
            "hide": "LinkedIn lets pages delete or report comments on its site, not hide them.",
            "like": "Reactions in the page's name are given on LinkedIn itself.",
            "media": "Pictures in comments are not supported here.",
            "stream": "LinkedIn delivers by webhook.",
        },
    )
    base_url = "https://api.linkedin.com/rest"
    fields = (
        Field(
            "account_id", "Organisation id", "The number in the address of the page's admin view."
        ),
        Field("client_id", "Client id", "Your app's page on linkedin.com/developers › Auth."),
        Field(
            "client_secret",
            "Client secret",
            "Of the same place. It also proves that deliveries come from LinkedIn.",
            is_secret=True,
        ),
        Field("access_token", "Access token", "", is_secret=True, is_required=False),
        Field("refresh_token", "Refresh token", "", is_secret=True, is_required=False),
    )
    length_limit = writing.LONGEST
    poll_every = timedelta(minutes=30)
    # LinkedIn's terms: what members did on pages may be kept for 48 hours.
    retention = timedelta(hours=48)

    def identify(self, access: Access) -> Identity:
        """The page, the rights that are missing, and when the token ends."""
        account = access.settings.get("account_id", "")
        client = Client(access)
        found = client.get(f"/organizations/{account}")
        faults = [
            f"The right {name} is missing: {why}."
            for name, why in RIGHTS.items()
            if (given := access.secrets.get("scope", "")) and name not in given
        ]
        try:
            roles = client.get("/organizationAcls", q="roleAssignee", state="APPROVED").get(
                "elements"
            )
        except (Forbidden, Gone):
            roles = None
        listed = [one for one in roles if isinstance(one, dict)] if isinstance(roles, list) else []
        if not any(one.get("organization") == client.organisation for one in listed):
            faults.append("Whoever signed in is no administrator of this page.")
        ends = ends_at(access.secrets)
        if access.secrets.get("refresh_token"):
            ends = ends_at(access.secrets, "refresh_ends_at") or ends
        vanity = values.name(found.get("vanityName"), "vanityName")
        return Identity(
            values.identifier(found.get("id"), "id"),
            handle=vanity,
            name=values.name(found.get("localizedName"), "localizedName"),
            url=f"{parsing.SITE}/company/{vanity or account}",
            expires_at=ends,
            faults=tuple(faults),
            settings={"account_id": account},
        )

    def fetch(self, access: Access, cursor: Mapping[str, Any]) -> Page:
        """Comments under the page's newest posts."""
        return reading.fetch(access, cursor)

    def thread(self, access: Access, external_id: str) -> Page:
        """A comment with its answers, or a post with its comments."""
        return reading.thread(access, external_id)

    def read(self, access: Access, reference: str) -> tuple[IncomingPost, ...]:
        """What a notification named."""
        return reading.read(access, reference)

    def sign_in_url(
        self, access: Access, *, redirect_uri: str, state: str, challenge: str
    ) -> tuple[str, Mapping[str, str]]:
        """OAuth 2.0; LinkedIn's web sign-in knows no challenge, the app's secret stands in."""
        query = {
            "response_type": "code",
            "client_id": access.settings.get("client_id", ""),
            "redirect_uri": redirect_uri,
            "state": state,
            "scope": " ".join(RIGHTS),
        }
        return f"{access.settings.get('dialog_url') or DIALOG}?{urlencode(query)}", {}

    def finish_sign_in(
        self, access: Access, *, code: str, redirect_uri: str, verifier: str
    ) -> Mapping[str, str]:
        """A token for sixty days, and for some apps one to renew it with."""
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return Client(access).token_for(grant)

    def handshake(
        self, access: Access, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> Handshake | None:
        """The answer to the challenge LinkedIn repeats every two hours."""
        code, secret = query.get("challengeCode", ""), access.secrets.get("client_secret", "")
        if not code or not secret:
            return None
        answer = {"challengeCode": code, "challengeResponse": digest(secret, code.encode()).hex()}
        return Handshake(json.dumps(answer).encode(), "application/json")

    def verify(
        self, access: Access, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> None:
        """Raise `SignatureError` unless the client secret signed these bytes."""
        secret = access.secrets.get("client_secret", "")
        if not secret:
            raise SignatureError("The client secret is missing: enter it on the channel's page.")
        check_hex(headers, HEADER, digest(secret, _SIGNED.encode() + body))

    def parse_delivery(self, access: Access, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Read up to ten notifications."""
        return parsing.parse(body, account=access.settings.get("account_id", ""))

    def publish(self, access: Access, out: OutgoingPost, *, idempotency_key: str) -> Published:
        """Say `out`; LinkedIn knows no keys, so only `find_published` can tell what happened."""
        return writing.publish(access, out)

    def find_published(
        self, access: Access, out: OutgoingPost, *, idempotency_key: str, since: datetime
    ) -> Published | None:
        """Our comment of that text."""
        return writing.find_published(access, out, since=since)

    def edit(self, access: Access, external_id: str, text: str) -> Published:
        """Other words for a comment of ours."""
        return writing.edit(access, external_id, text)

    def delete(self, access: Access, external_id: str) -> None:
        """Remove a comment of ours."""
        writing.delete(access, external_id)
