"""Second thoughts about throwing a draft away."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from inbox.services.conflicts import Refused
from publishing.models import Reply, ReplyUpload
from publishing.services.drafts import save_draft
from publishing.services.holding import must_be_author


@transaction.atomic
def restore_draft(*, reply: Reply, by: User) -> Reply:
    """Make a new draft of what `by` discarded a moment ago, with its words and pictures.

    Raises `Refused` when that is longer ago than an action can be undone, and `DraftChanged` when
    another draft was begun since.
    """
    must_be_author(reply, by=by)
    if reply.state != Reply.State.CANCELLED:
        raise Refused(_("There is nothing of yours to undo here."))
    # The page shows the button for that long; a slow network may take a little more.
    if timezone.now() - reply.updated_at > timedelta(seconds=settings.UNDO_SECONDS * 2):
        message = _("An action can be undone for %(seconds)d seconds.")
        raise Refused(message % {"seconds": settings.UNDO_SECONDS})
    draft = save_draft(
        ticket=reply.ticket,
        author=by,
        text=reply.text,
        is_private=reply.is_private,
        in_reply_to=reply.in_reply_to,
        version=0,
        seen=reply.seen_post,
    )
    ReplyUpload.objects.filter(reply=reply).update(reply=draft)
    return draft
