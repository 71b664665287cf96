"""What a connector is, and where connectors are found."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar, Protocol

from inbox.connectors.errors import Unsupported
from inbox.connectors.types import Delivery, IncomingPost, OutgoingPost, Page, Published, Told

GROUP = "crossdesk.connectors"
BUILT_IN = (
    EntryPoint("webhook", "inbox.connectors.webhook:Webhook", GROUP),
    EntryPoint("feed", "inbox.connectors.feed:Feed", GROUP),
    EntryPoint("import", "inbox.connectors.files:Files", GROUP),
    EntryPoint("facebook", "inbox.connectors.facebook:Facebook", GROUP),
    EntryPoint("instagram", "inbox.connectors.instagram:Instagram", GROUP),
    EntryPoint("x", "inbox.connectors.x:X", GROUP),
    EntryPoint("youtube", "inbox.connectors.youtube:YouTube", GROUP),
    EntryPoint("bluesky", "inbox.connectors.bluesky:Bluesky", GROUP),
    EntryPoint("mastodon", "inbox.connectors.mastodon:Mastodon", GROUP),
    EntryPoint("linkedin", "inbox.connectors.linkedin:LinkedIn", GROUP),
    EntryPoint("email", "inbox.connectors.email:Email", GROUP),
    EntryPoint("wordpress", "inbox.connectors.wordpress:WordPress", GROUP),
    EntryPoint("reddit", "inbox.connectors.reddit:Reddit", GROUP),
    EntryPoint("discourse", "inbox.connectors.discourse:Discourse", GROUP),
    # The networks of the demo.
    *(
        EntryPoint(f"demo-{name.lower()}", f"inbox.demo.connector:Demo{name}", GROUP)
        for name in ("Facebook", "Instagram", "X", "Mastodon", "YouTube", "Reddit", "Blog")
    ),
)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be done through a connector; the interface offers exactly this.

    `missing` says, by the name of a capability, why it is not there: a sentence for a person.
    """

    deliveries: bool = False  # the network calls us
    polling: bool = False  # we ask the network
    files: bool = False  # people bring files
    stream: bool = False  # the network holds a connection open
    sign_in: bool = False  # connected by signing in on the network, not by pasting credentials
    reply: bool = False
    private_reply: bool = False
    edit: bool = False
    delete: bool = False
    hide: bool = False
    like: bool = False
    media: int = 0  # most uploads of one post
    threading: bool = False  # a conversation can be read whole
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the page on which a channel is connected; a secret is never shown again."""

    name: str
    label: str
    help: str = ""
    is_secret: bool = False
    is_required: bool = True
    default: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of what a network allows is used; `name` tells several of one network apart."""

    name: str
    limit: int
    remaining: int
    resets_at: datetime | None = None
    # Of a network that does not tell what is left: units just spent, which are then counted here.
    cost: int = 0


def _ignore(_told: Any) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to speak for one channel. Holds secrets: never log or show it.

    A connector calls `renewed` with secrets the network gave in place of others, and `quota` with
    what the network says of its limits, as soon as it knows.
    """

    base_url: str
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    own_ids: frozenset[str] = frozenset()
    allow_private: bool = False
    renewed: Callable[[Mapping[str, str]], None] = _ignore
    quota: Callable[[Quota], None] = _ignore


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are on a network, and what is amiss: `faults` are sentences for a person."""

    external_id: str
    handle: str = ""
    name: str = ""
    url: str = ""
    expires_at: datetime | None = None  # when the credentials end
    faults: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)  # what was found out, to be kept


@dataclass(frozen=True, slots=True)
class Handshake:
    """The answer to a network that asks whether we are who it shall deliver to."""

    body: bytes
    content_type: str = "text/plain"


class Connector(Protocol):
    """The code for one network, found by entry point."""

    slug: str
    label: str
    capabilities: Capabilities


class Network:
    """A connector with an account on a network; each overrides what its capabilities promise.

    Every method may raise the errors of `inbox.connectors.errors`. None touches the database.
    """

    slug = ""
    label = ""
    capabilities = Capabilities()
    base_url = ""  # where its API is; "" when it differs from page to page
    has_account = True  # connected step by step; False: made on the form of channels
    fields: ClassVar[tuple[Field, ...]] = ()
    length_limit: int | None = None  # of an outgoing text, as `length_of` counts
    poll_every = timedelta(minutes=2)
    is_invented = False  # of the demo: nobody connects it by hand
    # How long the network lets others keep what its members wrote; None: no limit.
    retention: timedelta | None = None

    def able(self, settings: Mapping[str, str]) -> Capabilities:
        """What can be done through a channel with these settings."""
        return self.capabilities

    def limit_for(self, settings: Mapping[str, str], *, is_message: bool) -> int | None:
        """The longest text through a channel with these settings; None when nobody told.

        What networks say of posts does not hold for messages, of which they say nothing.
        """
        return None if is_message else self.length_limit

    def identify(self, access: Access) -> Identity:
        """Who the credentials speak for, and what they may not do."""
        raise Unsupported("identify")

    def cursor_since(self, since: datetime) -> Mapping[str, Any]:
        """The cursor that makes `fetch` begin with what was written at `since` (aware)."""
        return {"since": since.isoformat()}

    def fetch(self, access: Access, cursor: Mapping[str, Any]) -> Page:
        """What came after `cursor`, which is {} the first time; at most a few hundred posts."""
        raise Unsupported("polling")

    def stream(self, access: Access) -> Generator[Told, None, None]:
        """Hold a connection open: what is to be looked at, each time the network speaks.

        The first value says that it is open. It speaks at least once a minute, and ends when the
        network ends it; closing it closes the connection. What is new is read by `fetch`, what
        changed or went by `thread`.
        """
        raise Unsupported("stream")

    def thread(self, access: Access, external_id: str) -> Page:
        """The whole conversation a post belongs to, as it now is; what is gone comes as deleted."""
        raise Unsupported("threading")

    def gone(self, access: Access, external_ids: Iterable[str]) -> tuple[IncomingPost, ...]:
        """Which of these the network no longer has, where a thread only leaves them out."""
        return ()

    def read(self, access: Access, reference: str) -> tuple[IncomingPost, ...]:
        """The posts a delivery named without saying what is in them (`Delivery.unread`)."""
        raise Unsupported("read")

    def sign_in_url(
        self, access: Access, *, redirect_uri: str, state: str, challenge: str
    ) -> tuple[str, Mapping[str, str]]:
        """Where to send the admin (OAuth 2, PKCE S256), and secrets to keep until they return."""
        raise Unsupported("sign_in")

    def finish_sign_in(
        self, access: Access, *, code: str, redirect_uri: str, verifier: str
    ) -> Mapping[str, str]:
        """The secrets a sign-in ends with."""
        raise Unsupported("sign_in")

    def handshake(
        self, access: Access, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> Handshake | None:
        """The answer to a GET at the delivery address; None when it is no handshake of ours."""
        return None

    def verify(
        self, access: Access, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> None:
        """Raise `SignatureError` unless the network sent these very bytes."""
        raise Unsupported("deliveries")

    def parse_delivery(self, access: Access, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Read a body. Raises `ParseError` when not even its posts can be told apart."""
        raise Unsupported("deliveries")

    def publish(self, access: Access, out: OutgoingPost, *, idempotency_key: str) -> Published:
        """Say `out`, once: the same key again must not say it twice, where the network can tell."""
        raise Unsupported("reply")

    def find_published(
        self, access: Access, out: OutgoingPost, *, idempotency_key: str, since: datetime
    ) -> Published | None:
        """What `publish` left on the network after `since`; None when it certainly left nothing.

        Raises `Unreachable` or `Uncertain` when that cannot be told now.
        """
        raise Unsupported("reply")

    def edit(self, access: Access, external_id: str, text: str) -> Published:
        """Change the words of a post of ours."""
        raise Unsupported("edit")

    def delete(self, access: Access, external_id: str) -> None:
        """Remove a post of ours; one that is gone already is fine."""
        raise Unsupported("delete")

    def set_hidden(self, access: Access, external_id: str, *, is_hidden: bool) -> None:
        """Take a stranger's post out of the public's sight on our page, or bring it back."""
        raise Unsupported("hide")

    def set_liked(self, access: Access, external_id: str, *, is_liked: bool) -> None:
        """Like a post in the page's name, or no longer."""
        raise Unsupported("like")

    def length_of(self, text: str) -> int:
        """How long the network finds `text`."""
        return len(text)


@cache
def connectors() -> Mapping[str, Connector]:
    """Every connector by slug: the built-in ones and those other packages bring."""
    found = [*BUILT_IN, *entry_points(group=GROUP)]
    return {connector.slug: connector for connector in (point.load()() for point in found)}


def network_of(slug: str) -> Network | None:
    """The connector of that slug if it has an account on a network."""
    found = connectors().get(slug)
    return found if isinstance(found, Network) else None


def has_account(connector: Connector | None) -> bool:
    """Whether channels of it are connected step by step, with credentials."""
    return isinstance(connector, Network) and connector.has_account


def capabilities_of(slug: str, settings: Mapping[str, str]) -> Capabilities:
    """What can be done through a channel of that connector with these settings."""
    found = connectors().get(slug)
    if isinstance(found, Network):
        return found.able(settings)
    return found.capabilities if found else Capabilities()
