"""Every write of the inbox."""

from inbox.services.receive import Receipt, receive

__all__ = ["Receipt", "receive"]
