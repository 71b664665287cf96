"""Every write of what goes out."""

from publishing.services.advance import advance
from publishing.services.approving import approve_reply, reject_reply, retry_reply
from publishing.services.changing import (
    delete_published,
    edit_published,
    make_change,
    undo_change,
)
from publishing.services.delivering import deliver
from publishing.services.drafts import discard_draft, save_draft
from publishing.services.macros import delete_macro, save_macro, use_macro
from publishing.services.problems import DraftChanged, Stopped
from publishing.services.restoring import restore_draft
from publishing.services.sending import send_reply, undo_reply
from publishing.services.settling import decide_uncertain, recover, settle_uncertain
from publishing.services.signatures import set_sign_off, set_signing, signed_text
from publishing.services.uploads import add_upload, describe_uploads, remove_upload
from publishing.services.working import due_jobs, next_due_at, work, work_through

__all__ = [
    "DraftChanged",
    "Stopped",
    "add_upload",
    "advance",
    "approve_reply",
    "decide_uncertain",
    "delete_macro",
    "delete_published",
    "deliver",
    "describe_uploads",
    "discard_draft",
    "due_jobs",
    "edit_published",
    "make_change",
    "next_due_at",
    "recover",
    "reject_reply",
    "remove_upload",
    "restore_draft",
    "retry_reply",
    "save_draft",
    "save_macro",
    "send_reply",
    "set_sign_off",
    "set_signing",
    "settle_uncertain",
    "signed_text",
    "undo_change",
    "undo_reply",
    "use_macro",
    "work",
    "work_through",
]
