"""Blogs that run WordPress, over its REST API: docs/channels/wordpress.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access, Capabilities, Field, Identity, Network
from inbox.connectors.gathering import understood
from inbox.connectors.types import IncomingPost, OutgoingPost, Page, Published
from inbox.connectors.wordpress import client, reading, writing


class WordPress(Network):
    """The comments of one blog."""

    slug = "wordpress"
    label = "WordPress blog"
    capabilities = Capabilities(
        polling=True,
        reply=True,
        edit=True,
        delete=True,
        hide=True,
        threading=True,
        missing={
            "deliveries": "WordPress calls nobody; it is asked every two minutes.",
            "stream": "WordPress holds no connection open; it is asked every two minutes.",
            "private_reply": "WordPress has no private messages; write an e-mail instead.",
            "like": "WordPress comments cannot be liked.",
            "media": "WordPress comments are text.",
        },
    )
    fields = (
        Field("base_url", "Address of the blog", "Such as https://blog.kestrel.example."),
        Field("user", "User", "One who may moderate comments: an editor or administrator."),
        Field(
            "application_password",
            "Application password",
            "Users › Profile › Application passwords on the blog. Not the user's own.",
            is_secret=True,
        ),
    )
    length_limit = writing.LONGEST
    poll_every = timedelta(minutes=2)

    @understood()
    def identify(self, access: Access) -> Identity:
        """The user of the application password, and what they may not do."""
        root = client.root_of(access)
        found_at = replace(access, settings={**access.settings, "api_root": root})
        found = values.mapping(client.get(found_at, "users/me", context="edit"), "user")
        number = str(values.whole(found.get("id"), "id", smallest=1))
        faults = []
        rights = values.mapping(found.get("capabilities"), "capabilities")
        if rights.get("moderate_comments") is not True:
            faults.append("The user may not moderate comments: nothing can be read or answered.")
        if access.base_url.startswith("http://"):
            faults.append("The address begins with http://: the password travels unencrypted.")
        return Identity(
            number,
            handle=values.name(found.get("username"), "username"),
            name=values.name(found.get("name"), "name"),
            url=access.base_url,
            faults=tuple(faults),
            settings={"account_id": number, "api_root": root},
        )

    def fetch(self, access: Access, cursor: Mapping[str, Any]) -> Page:
        """Comments since `cursor`, and what became of the newest known ones."""
        return reading.fetch(access, cursor)

    def thread(self, access: Access, external_id: str) -> Page:
        """A comment with what it answers and all that hangs under it."""
        return reading.thread(access, external_id)

    def gone(self, access: Access, external_ids: Iterable[str]) -> tuple[IncomingPost, ...]:
        """Which of these are spam, in the trash or deleted by now."""
        return reading.gone(access, external_ids)

    def publish(self, access: Access, out: OutgoingPost, *, idempotency_key: str) -> Published:
        """Say `out`; the blog itself refuses the same words at the same place."""
        return writing.publish(access, out)

    def find_published(
        self, access: Access, out: OutgoingPost, *, idempotency_key: str, since: datetime
    ) -> Published | None:
        """Our comment of that text."""
        return writing.find_published(access, out, since=since)

    def edit(self, access: Access, external_id: str, text: str) -> Published:
        """Change a comment of ours."""
        return writing.edit(access, external_id, text)

    def delete(self, access: Access, external_id: str) -> None:
        """Put a comment into the blog's trash."""
        writing.delete(access, external_id)

    def set_hidden(self, access: Access, external_id: str, *, is_hidden: bool) -> None:
        """Hold a comment for approval, or approve it."""
        writing.set_hidden(access, external_id, is_hidden=is_hidden)

    def length_of(self, text: str) -> int:
        """In bytes, as the blog's database counts."""
        return len(text.encode())
