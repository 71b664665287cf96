"""OAuth 2.0: tokens are got for a grant, renewed before they end, and kept for what follows."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from inbox.connectors.base import Access
from inbox.connectors.errors import Expired, NetworkError, Unreachable
from inbox.connectors.http import Api, Reply
from inbox.connectors.looking import made

# What is kept of an answer word for word, and what is kept of it as a moment.
_KEPT = ("refresh_token", "scope")
_MOMENTS = {"expires_at": "expires_in", "refresh_ends_at": "refresh_token_expires_in"}


class TokenClient:
    """Asks a network for one account; keeps a renewed token for its further questions.

    A network says with `fault` what its answers mean, and with `renewed` how it renews a token.
    """

    early: ClassVar[timedelta] = timedelta(minutes=2)

    def __init__(self, access: Access) -> None:
        self.access = access
        self._secrets = dict(access.secrets)

    def fault(self, asked: str, reply: Reply) -> NetworkError | None:
        """What the answer to `asked` ("GET /path") means; None when its status says it best."""
        raise NotImplementedError

    def token_for(self, grant: Mapping[str, str]) -> dict[str, str]:
        """The secrets given for `grant`. Raises `Expired` when it is taken no longer."""
        raise NotImplementedError

    def headers(self) -> Mapping[str, str]:
        """What goes with each question beside the token."""
        return {}

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """Read something."""
        return self.ask("GET", path, params=params).object()

    def write(
        self, method: str, path: str, *, is_safe: bool = False, **content: Any
    ) -> dict[str, Any]:
        """Write something; raises `Uncertain` when it may have been done, unless `is_safe`."""
        reply = self.ask(method, path, is_safe=is_safe, **content)
        return reply.object() if is_safe else made(reply)

    def ask(self, method: str, path: str, *, is_safe: bool = True, **content: Any) -> Reply:
        """Ask once, and once more with a new token if the old one has ended."""
        if self._is_ending():
            self._renew()
        try:
            return self._ask(method, path, is_safe=is_safe, **content)
        except Expired:
            if not self._secrets.get("refresh_token"):
                raise
        # A refused token did nothing.
        self._renew()
        return self._ask(method, path, is_safe=is_safe, **content)

    def _ask(self, method: str, path: str, *, is_safe: bool, **content: Any) -> Reply:
        token = {"Authorization": f"Bearer {self._secrets.get('access_token', '')}"}
        api = Api(
            self.access.base_url,
            {**token, **self.headers()},
            allow_private=self.access.allow_private,
            fault=lambda reply: self.fault(f"{method} {path}", reply),
        )
        return api.ask(method, path, is_safe=is_safe, **content)

    def _is_ending(self) -> bool:
        if not self._secrets.get("refresh_token"):
            return False
        if not self._secrets.get("access_token"):
            return True
        ends = ends_at(self._secrets)
        return ends is not None and ends - self.early < datetime.now(UTC)

    def _renew(self) -> None:
        token = self._secrets["refresh_token"]
        secrets = self.token_for({"grant_type": "refresh_token", "refresh_token": token})
        self._secrets |= secrets
        self.access.renewed(secrets)


def ends_at(secrets: Mapping[str, str], name: str = "expires_at") -> datetime | None:
    """When a token ends, if the network said so."""
    try:
        found = datetime.fromisoformat(secrets.get(name, ""))
    except ValueError:
        return None
    return found if found.tzinfo else None


def granted(
    access: Access,
    address: str,
    grant: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The secrets that the token endpoint at `address` gives (RFC 6749, 5.1).

    Raises `Expired` when it takes the grant no longer, and as `Api.post`.
    """
    api = Api(address, headers or {}, allow_private=access.allow_private, fault=_refused)
    found = api.post("", is_safe=True, data=dict(grant)).object()
    token = found.get("access_token")
    if not isinstance(token, str) or not token:
        raise Expired("gave no token: sign in again")
    secrets = {"access_token": token}
    secrets |= {name: found[name] for name in _KEPT if isinstance(found.get(name), str)}
    for name, told in _MOMENTS.items():
        if isinstance(found.get(told), int):
            secrets[name] = (datetime.now(UTC) + timedelta(seconds=found[told])).isoformat()
    return secrets


def client_in_body(access: Access) -> dict[str, str]:
    """Who we are, as most networks want to be told: among what is sent (RFC 6749, 2.3.1)."""
    return {
        "client_id": access.settings.get("client_id", ""),
        "client_secret": access.secrets.get("client_secret", ""),
    }


def client_in_header(access: Access) -> dict[str, str]:
    """Who we are, as HTTP Basic (RFC 6749, 2.3.1)."""
    pair = f"{access.settings.get('client_id', '')}:{access.secrets.get('client_secret', '')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _refused(reply: Reply) -> NetworkError | None:
    """A grant that is not taken comes as 400 or 401, with some as an `error` inside a 200."""
    if reply.status in {400, 401}:
        return Expired("no longer renews the token: sign in again")
    try:
        found = reply.json()
    except Unreachable:
        return None
    if reply.status == 200 and isinstance(found, dict) and found.get("error"):
        return Expired("no longer renews the token: sign in again")
    return None
