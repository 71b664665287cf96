"""Why a change did not happen."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - the word people use
    """The change is not possible; `message` says why and what to do, `field` what is wrong."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
