"""Fixtures of the networks that tests start for real; skipped where this machine lacks them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.networks import bluesky, wordpress
from tests.networks.bluesky import BlueskyNetwork
from tests.networks.installed import MissingError
from tests.networks.wordpress import Blog


@pytest.fixture(scope="session")
def bluesky_network() -> Iterator[BlueskyNetwork]:
    """Bluesky's own software."""
    try:
        with bluesky.running() as network:
            yield network
    except MissingError as missing:
        pytest.skip(f"No Bluesky network here: {missing}")


@pytest.fixture(scope="session")
def blog() -> Iterator[Blog]:
    """WordPress."""
    try:
        with wordpress.running() as found:
            yield found
    except MissingError as missing:
        pytest.skip(f"No WordPress here: {missing}")
