"""The stubs of the networks, and what is asked of each."""

from collections.abc import Iterator

import pytest

from tests.networks.discourse import Forum
from tests.networks.graph import FacebookPage, InstagramAccount
from tests.networks.linkedin import CompanyPage
from tests.networks.reddit import RedditSite
from tests.networks.stub import Stub, running
from tests.networks.webhook import Receiver
from tests.networks.x import XAccount
from tests.networks.youtube import Studio


@pytest.fixture
def page() -> FacebookPage:
    """A Facebook page."""
    return FacebookPage("1111")


@pytest.fixture
def facebook(page: FacebookPage) -> Iterator[Stub]:
    """The server of Facebook's API."""
    with running(page) as stub:
        yield stub


@pytest.fixture
def account() -> InstagramAccount:
    """An Instagram account."""
    return InstagramAccount("3333")


@pytest.fixture
def instagram(account: InstagramAccount) -> Iterator[Stub]:
    """The server of Instagram's API."""
    with running(account) as stub:
        yield stub


@pytest.fixture
def x_account() -> XAccount:
    """An account on X."""
    return XAccount("42")


@pytest.fixture
def x(x_account: XAccount) -> Iterator[Stub]:
    """The server of X's API."""
    with running(x_account) as stub:
        yield stub


@pytest.fixture
def forum() -> Forum:
    """A forum."""
    return Forum()


@pytest.fixture
def discourse(forum: Forum) -> Iterator[Stub]:
    """The server of Discourse's API."""
    with running(forum) as stub:
        yield stub


@pytest.fixture
def site() -> RedditSite:
    """A subreddit and an account."""
    return RedditSite()


@pytest.fixture
def reddit(site: RedditSite) -> Iterator[Stub]:
    """The server of Reddit's API."""
    with running(site) as stub:
        yield stub


@pytest.fixture
def receiver() -> Receiver:
    """A system of somebody's own."""
    return Receiver()


@pytest.fixture
def receiver_stub(receiver: Receiver) -> Iterator[Stub]:
    """The server that takes its replies."""
    with running(receiver) as stub:
        yield stub


@pytest.fixture
def studio() -> Studio:
    """A channel of YouTube."""
    return Studio()


@pytest.fixture
def youtube(studio: Studio) -> Iterator[Stub]:
    """The server of YouTube's API."""
    with running(studio) as stub:
        yield stub


@pytest.fixture
def company() -> CompanyPage:
    """A page of LinkedIn."""
    return CompanyPage()


@pytest.fixture
def linkedin(company: CompanyPage) -> Iterator[Stub]:
    """The server of LinkedIn's API."""
    with running(company) as stub:
        yield stub
