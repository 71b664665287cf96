"""Every write of what goes out."""

from publishing.services.advance import advance
from publishing.services.drafts import discard_draft, save_draft
from publishing.services.macros import delete_macro, save_macro, use_macro
from publishing.services.problems import DraftChanged, Stopped
from publishing.services.restoring import restore_draft
from publishing.services.sending import send_reply, undo_reply
from publishing.services.signatures import set_sign_off, set_signing, signed_text
from publishing.services.uploads import add_upload, describe_uploads, remove_upload

__all__ = [
    "DraftChanged",
    "Stopped",
    "add_upload",
    "advance",
    "delete_macro",
    "describe_uploads",
    "discard_draft",
    "remove_upload",
    "restore_draft",
    "save_draft",
    "save_macro",
    "send_reply",
    "set_sign_off",
    "set_signing",
    "signed_text",
    "undo_reply",
    "use_macro",
]
