"""What goes out, and what became of it."""

from publishing.models.replies import Reply, ReplyChange, ReplyVersion
from publishing.models.transitions import TRANSITIONS

__all__ = ["TRANSITIONS", "Reply", "ReplyChange", "ReplyVersion"]
