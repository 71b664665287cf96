"""What a connector is, and where connectors are found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

GROUP = "crossdesk.connectors"
BUILT_IN = (
    EntryPoint("webhook", "inbox.connectors.webhook:Webhook", GROUP),
    EntryPoint("feed", "inbox.connectors.feed:Feed", GROUP),
    EntryPoint("import", "inbox.connectors.files:Files", GROUP),
)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """How posts come in through a connector."""

    deliveries: bool = False  # the network calls us
    polling: bool = False  # we ask the network
    files: bool = False  # people bring files


class Connector(Protocol):
    """The code for one network, found by entry point."""

    slug: str
    label: str
    capabilities: Capabilities


@cache
def connectors() -> Mapping[str, Connector]:
    """Every connector by slug: the built-in ones and those other packages bring."""
    found = [*BUILT_IN, *entry_points(group=GROUP)]
    return {connector.slug: connector for connector in (point.load()() for point in found)}
