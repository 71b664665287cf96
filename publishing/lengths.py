"""How long a network finds a text: exactly, and as a rule of thumb for the browser."""

from __future__ import annotations

from dataclasses import dataclass

from inbox.connectors.base import Network, network_of
from inbox.models import Channel, Post

# One picture to a reader; 5 characters, 8 UTF-16 units, 18 bytes.
_FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
_WAYS = {1: "graphemes", 2: "graphemes", 8: "units", 18: "bytes"}
_LONG_ADDRESS = "https://example.com/" + 100 * "a"


@dataclass(frozen=True, slots=True)
class Counting:
    """What the browser needs to count nearly as the network does, between two exact counts.

    `way` is graphemes, characters, units (of UTF-16) or bytes; `emoji` and `wide` are what an
    emoji and an ideograph weigh; `address` is what any web address counts, 0 for its own length.
    """

    limit: int | None
    way: str = "characters"
    emoji: int = 1
    wide: int = 1
    address: int = 0

    @classmethod
    def of(cls, network: Network, limit: int | None) -> Counting:
        """Found out by trying, so that a connector need not describe how it counts."""
        family, address = network.length_of(_FAMILY), network.length_of(_LONG_ADDRESS)
        return cls(
            limit=limit,
            way=_WAYS.get(family, "characters"),
            emoji=2 if family == 2 else 1,
            wide=2 if network.length_of("好") == 2 else 1,
            address=address if address < len(_LONG_ADDRESS) else 0,
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """A text's length as the network counts; `limit` is None where any length goes."""

    length: int
    limit: int | None

    @property
    def over(self) -> int:
        """By how much it is too long."""
        return max(0, self.length - self.limit) if self.limit is not None else 0

    @property
    def left(self) -> int | None:
        """How much room there is."""
        return None if self.limit is None else max(0, self.limit - self.length)

    @property
    def is_near(self) -> bool:
        """Whether nine tenths of the room are used."""
        return self.limit is not None and not self.over and self.length * 10 >= self.limit * 9


def measure(network: Network | None, text: str, limit: int | None) -> Measured:
    """How long `text` is on the network."""
    return Measured(network.length_of(text) if network else len(text), limit)


def limit_of(channel: Channel, target: Post | None, *, is_private: bool) -> int | None:
    """The longest answer to `target` through `channel`; None where any length goes."""
    found = network_of(channel.connector)
    is_message = is_private or (target is not None and target.kind == Post.Kind.DIRECT_MESSAGE)
    return found.limit_for(channel.settings, is_message=is_message) if found else None
