"""Every write of what goes out."""

from publishing.services.advance import advance
from publishing.services.changing import (
    delete_published,
    edit_published,
    make_change,
    undo_change,
)
from publishing.services.delivering import deliver
from publishing.services.drafts import discard_draft, save_draft
from publishing.services.problems import DraftChanged, Stopped
from publishing.services.sending import send_reply, undo_reply
from publishing.services.settling import decide_uncertain, recover, settle_uncertain
from publishing.services.working import due_jobs, next_due_at, work, work_through

__all__ = [
    "DraftChanged",
    "Stopped",
    "advance",
    "decide_uncertain",
    "delete_published",
    "deliver",
    "discard_draft",
    "due_jobs",
    "edit_published",
    "make_change",
    "next_due_at",
    "recover",
    "save_draft",
    "send_reply",
    "settle_uncertain",
    "undo_change",
    "undo_reply",
    "work",
    "work_through",
]
