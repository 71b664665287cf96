"""Every write of what goes out."""

from publishing.services.advance import advance
from publishing.services.drafts import discard_draft, save_draft
from publishing.services.problems import DraftChanged, Stopped
from publishing.services.sending import send_reply, undo_reply

__all__ = [
    "DraftChanged",
    "Stopped",
    "advance",
    "discard_draft",
    "save_draft",
    "send_reply",
    "undo_reply",
]
