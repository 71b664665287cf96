"""Stands between a connector and a real network, so that a `Stub` can lose or change answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from tests.networks.stub import Answer, Asked

_HOP = {"host", "content-length", "connection", "accept-encoding", "transfer-encoding"}
Change = Callable[[Asked, Any], Any]


class Relay:
    """Passes every request on; `change` may replace the JSON of an answer."""

    def __init__(self, url: str, change: Change | None = None) -> None:
        self.url = url
        self.change = change

    def answer(self, asked: Asked) -> Answer:
        """What the network says."""
        said = httpx.request(
            asked.method, f"{self.url}{asked.target}", content=asked.body, timeout=60,
            headers={name: value for name, value in asked.headers.items() if name not in _HOP},
        )  # fmt: skip
        body = said.content
        if self.change and said.is_success:
            body = json.dumps(self.change(asked, said.json())).encode()
        left = {name: said.headers[name] for name in said.headers if name not in _HOP}
        left.pop("content-encoding", None)
        return Answer(said.status_code, body, left)
