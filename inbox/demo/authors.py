"""Invents who writes: names, handles, reach; some of them come back."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from random import Random
from typing import Any

from inbox.connectors.types import IncomingAuthor
from inbox.demo.content import DemoChannel

COMES_BACK = 0.14
# How often a role is spoken by one of the well-known accounts.
KNOWN_SHARE = {"activist": 0.4, "journalist": 0.9, "fan": 0.5, "spam": 0.6}
NICKNAMES = (
    "crumb", "toast", "teatime", "notabot", "nightbus", "gingerfox", "rainyday", "sourdoughdan",
    "mrs_tiggy", "allotment", "bikesandbuns", "oldsocks", "northernlass", "quietcarriage", "loaf",
    "wheelie", "puddle", "greyhoundmum", "tinwhistle", "marmaladecat", "badknees", "lastbus",
)  # fmt: skip
WORKER_NICKNAMES = (
    "ovenhands",
    "nightshift",
    "throwaway",
    "traynumber",
    "line4",
    "proving",
    "latebus",
)


class Authors:
    """Gives each post an author; the same `Random` gives the same people."""

    def __init__(self, rng: Random, names: Mapping[str, Any], scope: str) -> None:
        self.rng = rng
        self.names = names
        self.scope = scope
        self._met: dict[tuple[str, str, str], list[IncomingAuthor]] = defaultdict(list)
        self._count = 0
        self._handles: set[str] = set()

    def someone(self, channel: DemoChannel, language: str = "en", role: str = "") -> IncomingAuthor:
        """Return who writes a post in `language` as `role` on this channel."""
        known = self.names["known"].get(role)
        if known and self.rng.random() < KNOWN_SHARE[role]:
            return self._known(channel, self.rng.choice(known))
        met = self._met[channel.network, language, role]
        if met and self.rng.random() < COMES_BACK:
            return self.rng.choice(met)
        author = self._new(channel, language, role)
        met.append(author)
        return author

    def page(self, channel: DemoChannel) -> IncomingAuthor:
        """The page itself."""
        handle, external_id = channel.own_ids[0], channel.own_ids[1]
        return IncomingAuthor(external_id, handle, channel.page_name, channel.url, 48_000)

    def _known(self, channel: DemoChannel, account: Mapping[str, Any]) -> IncomingAuthor:
        handle = account["handle"]
        return IncomingAuthor(
            f"{channel.network}-{handle}",
            handle,
            account["name"],
            _profile(channel, handle),
            account["followers"],
        )

    def _new(self, channel: DemoChannel, language: str, role: str) -> IncomingAuthor:
        self._count += 1
        first, last, latin = self._name(language)
        handle = self._handle(channel, latin, role)
        name = f"{first} {last}"
        if channel.network == "reddit":
            name = f"u/{handle}"
        elif channel.network != "facebook" and self.rng.random() < 0.45:
            name = self.rng.choice(
                [first, handle, f"{first} 🍞", f"{first.lower()}", f"{first} {last[0]}."]
            )
        return IncomingAuthor(
            f"{channel.network}-{self.scope}-{self._count}",
            handle,
            name,
            _profile(channel, handle),
            None if channel.network == "facebook" else int(self.rng.lognormvariate(5.2, 1.4)),
        )

    def _name(self, language: str) -> tuple[str, str, str]:
        """First name, last name, and a stem for a handle in plain letters."""
        pool = self.names["pools"].get(language) or self.names["pools"]["en"]
        first, last = self.rng.choice(pool["first"]), self.rng.choice(pool["last"])
        if "latin" in pool:
            return first, last, self.rng.choice(pool["latin"])
        stem = self.rng.choice(
            [f"{first}{last}", f"{first}_{last}", f"{first}.{last}", f"{first}{last[0]}"]
        )
        return first, last, _plain(stem)

    def _handle(self, channel: DemoChannel, stem: str, role: str) -> str:
        nicknames = WORKER_NICKNAMES if role == "employee" else NICKNAMES
        shy = 0.8 if role == "employee" and channel.network == "reddit" else 0.25
        if channel.network != "facebook" and self.rng.random() < shy:
            stem = self.rng.choice(nicknames)
        handle = f"{stem}{self.rng.choice(['', '', self.rng.randrange(2, 99)])}"
        while handle in self._handles:
            handle = f"{stem}{self.rng.randrange(100, 9999)}"
        self._handles.add(handle)
        return handle


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.lower().replace("ı", "i").replace("ł", "l"))
    return "".join(c for c in folded if c.isascii() and (c.isalnum() or c in "._"))


def _profile(channel: DemoChannel, handle: str) -> str:
    host = channel.url.split("/")[2]
    return f"https://{host}/{handle}"
