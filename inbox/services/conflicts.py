"""Why an action did not happen."""

from __future__ import annotations

from inbox.models import Ticket


class Conflict(Exception):  # noqa: N818 - the word people use
    """Someone else was first; `message` says who and when, `ticket` is the new state."""

    def __init__(self, message: str, *, ticket: Ticket) -> None:
        super().__init__(message)
        self.message = message
        self.ticket = ticket


class Refused(Exception):  # noqa: N818
    """The action is not possible; `message` says why and what to do, `field` what is wrong."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
