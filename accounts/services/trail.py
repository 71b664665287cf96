"""Who is named in the audit trail."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import pghistory

from accounts.models import User


def signed(by: User | None) -> AbstractContextManager[Any]:
    """Have the audit rows of this block name `by`; None is the command line or a job."""
    context: AbstractContextManager[Any] = pghistory.context(user=by.pk if by else None)
    return context
