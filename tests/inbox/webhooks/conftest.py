"""A channel that takes deliveries."""

import pytest

from inbox.models import Channel
from inbox.services import channels


@pytest.fixture
def hook(db: None) -> Channel:
    """The brand's page, connected by signed webhook."""
    return channels.create_channel(
        name="Kestrel forum", network="forum", connector="webhook", own_ids=["kestrel"], by=None
    )
