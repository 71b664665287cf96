"""What the workers run: load, call the service."""

from __future__ import annotations

from publishing.services.working import work_through


def send_overdue() -> int:
    """Do what the sending process left undone, should it not run; return how much."""
    return work_through()
