"""A network in memory that keeps what is published on it, and fails when it is told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from inbox.connectors.base import Access, Capabilities
from inbox.connectors.errors import NetworkError, TooLong
from inbox.connectors.types import OutgoingPost, Published
from tests.towns import Town


@dataclass
class SpeakingTown(Town):
    """`publish_faults` are raised one a call before, `late_faults` after it was said."""

    capabilities = Capabilities(
        polling=True, reply=True, private_reply=True, edit=True, delete=True,
        missing={"hide": "The town square hides nothing."},
    )  # fmt: skip
    length_limit = 100
    said: dict[str, OutgoingPost] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    publish_faults: list[Exception] = field(default_factory=list)
    late_faults: list[Exception] = field(default_factory=list)
    look_faults: list[NetworkError] = field(default_factory=list)
    on_publish: Callable[[], object] = lambda: None
    change_faults: list[NetworkError] = field(default_factory=list)

    def publish(self, access: Access, out: OutgoingPost, *, idempotency_key: str) -> Published:
        if self.publish_faults:
            raise self.publish_faults.pop(0)
        if len(out.text) > 100:
            raise TooLong("takes at most 100 characters")
        self.keys.append(idempotency_key)
        external_id = f"own-{len(self.keys)}"
        self.said[external_id] = out
        self.on_publish()
        if self.late_faults:
            raise self.late_faults.pop(0)
        return self._told(external_id)

    def find_published(
        self, access: Access, out: OutgoingPost, *, idempotency_key: str, since: datetime
    ) -> Published | None:
        if self.look_faults:
            raise self.look_faults.pop(0)
        for external_id, said in self.said.items():
            if said.text == out.text and said.in_reply_to == out.in_reply_to:
                return self._told(external_id)
        return None

    def edit(self, access: Access, external_id: str, text: str) -> Published:
        self._fail_to_change()
        old = self.said[external_id]
        self.said[external_id] = OutgoingPost(text, old.in_reply_to)
        return self._told(external_id)

    def delete(self, access: Access, external_id: str) -> None:
        self._fail_to_change()
        self.said.pop(external_id, None)

    def _fail_to_change(self) -> None:
        if self.change_faults:
            raise self.change_faults.pop(0)

    @staticmethod
    def _told(external_id: str) -> Published:
        details: dict[str, Any] = {"where": "square"}
        return Published(
            external_id, f"https://town.example/{external_id}", datetime.now(UTC), details
        )
