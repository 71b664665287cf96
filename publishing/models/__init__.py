"""What goes out, and what became of it."""

from publishing.models.macros import Macro
from publishing.models.replies import Reply, ReplyChange, ReplyVersion
from publishing.models.signatures import Signing, SignOff
from publishing.models.transitions import TRANSITIONS
from publishing.models.uploads import ReplyUpload

__all__ = [
    "TRANSITIONS",
    "Macro",
    "Reply",
    "ReplyChange",
    "ReplyUpload",
    "ReplyVersion",
    "SignOff",
    "Signing",
]
