"""Every read of what goes out."""

from publishing.queries.changes import Change, changes_since

__all__ = ["Change", "changes_since"]
