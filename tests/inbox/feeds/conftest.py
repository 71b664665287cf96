"""A blog, and the channel that reads it."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from inbox.models import Channel
from inbox.services import channels
from tests.inbox.feeds.server import Blog, running


@pytest.fixture
def blog() -> Iterator[Blog]:
    """A web server with a feed."""
    with running() as found:
        yield found


@pytest.fixture
def feed(db: None, blog: Blog, settings: Settings) -> Channel:
    """The channel of the blog's feed; private addresses are allowed."""
    settings.ALLOW_PRIVATE_ADDRESSES = True
    return channels.create_channel(
        name="Blog", network="blog", connector="feed", url=f"{blog.address}/feed", by=None
    )
