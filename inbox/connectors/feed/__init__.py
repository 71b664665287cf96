"""RSS and Atom feeds."""

from inbox.connectors.base import Capabilities
from inbox.connectors.feed.fetching import Answer, FetchError, fetch
from inbox.connectors.feed.parsing import Parsed, parse


class Feed:
    """Asks RSS and Atom addresses: docs/channels/feed.md."""

    slug = "feed"
    label = "RSS or Atom feed"
    capabilities = Capabilities(polling=True)


__all__ = ["Answer", "Feed", "FetchError", "Parsed", "fetch", "parse"]
