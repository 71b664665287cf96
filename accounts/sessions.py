"""Sessions in the database, read without putting the query together each time.

Every request of every open browser begins with this: the query's making cost more than the query.
"""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone

_READ = "SELECT * FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(db.SessionStore):
    """Django's own, but for the read."""

    def _get_session_from_db(self) -> Any:
        found = list(self.model.objects.raw(_READ, [self.session_key, timezone.now()]))
        if found:
            return found[0]
        # As Django's: a key that is not known is not kept.
        self._session_key = None
        return None
