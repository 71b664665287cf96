"""What can go wrong between us and a network, by what is to be done about it.

`reason` goes on after "The network" in a sentence a person reads: "answers 503: try again later".
It never holds a secret.
"""

from __future__ import annotations


class NetworkError(Exception):
    """A network did not do what it was asked for. `retry_after` is in seconds, 0 if not told."""

    def __init__(self, reason: str, *, retry_after: float = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Unreachable(NetworkError):
    """Nothing happened there, for certain; the same question may do better later."""


class Limited(Unreachable):
    """We asked too often; `retry_after` says when it goes on."""


class Uncertain(NetworkError):
    """It may have happened: the network must be looked at before anyone tries again."""


class Expired(NetworkError):
    """The credentials are no longer valid: someone must connect the channel again."""


class Refused(NetworkError):
    """The network understood and says no; asking again changes nothing."""


class Forbidden(Refused):
    """The credentials lack a right."""


class TooLong(Refused):
    """The text, or an upload, is more than the network takes."""


class Blocked(Refused):
    """The person does not want to hear from the page."""


class Gone(Refused):
    """What is asked for, or answered, does not exist any more."""


class Unsupported(Refused):
    """The connector cannot do this at all."""

    def __init__(self, capability: str) -> None:
        super().__init__(f"offers no {capability.replace('_', ' ')}")
        self.capability = capability
