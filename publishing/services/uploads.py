"""Pictures for a reply: taken in, described, taken out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from inbox.connectors.base import Capabilities, network_of
from inbox.connectors.types import Upload
from inbox.pictures import PictureError, opened, strip_metadata
from inbox.services.conflicts import Refused
from publishing.models import Reply, ReplyUpload
from publishing.services.holding import must_be_author

LARGEST = 8 * 1024 * 1024


def add_upload(*, reply: Reply, content: bytes, name: str, by: User) -> ReplyUpload:
    """Put a picture to a draft, without what its file tells aside: place, camera, author.

    Raises `Refused` for what is no picture, too large, or more than the channel sends.
    """
    must_be_author(reply, by=by)
    _must_fit(content)
    # Opening a picture takes a while: the draft is held afterwards only.
    try:
        bare = strip_metadata(Upload(content, "application/octet-stream"))
        with opened(bare.content) as picture:
            width, height = picture.size
    except PictureError as error:
        raise Refused(str(error), field="file") from None
    _must_fit(bare.content)
    with transaction.atomic():
        held = _held_draft(reply)
        _must_have_room(held)
        return ReplyUpload.objects.create(
            reply=held,
            content=bare.content,
            content_type=bare.content_type,
            name=PurePath(name.replace("\0", "").replace("\\", "/")).name[:120],
            size=len(bare.content),
            width=width,
            height=height,
        )


def uploads_of(reply: Reply) -> tuple[Upload, ...]:
    """The pictures that go out with a reply, as its connector takes them."""
    return tuple(upload.as_upload() for upload in reply.uploads.all())


@transaction.atomic
def remove_upload(*, upload: ReplyUpload, by: User) -> None:
    """Take a picture out of a draft."""
    must_be_author(upload.reply, by=by)
    _held_draft(upload.reply)
    ReplyUpload.objects.filter(pk=upload.pk).delete()


@transaction.atomic
def describe_uploads(*, reply: Reply, alts: Mapping[int, str], by: User) -> None:
    """Say what is to be seen in the pictures of a draft, by their keys."""
    must_be_author(reply, by=by)
    for pk, alt in alts.items():
        clean = alt.replace("\0", "").strip()
        if len(clean) > ReplyUpload.LONGEST_ALT:
            told = {"most": ReplyUpload.LONGEST_ALT}
            message = _("A description has at most %(most)d characters.") % told
            raise Refused(message, field=f"alt-{pk}")
        ReplyUpload.objects.filter(pk=pk, reply=reply).exclude(alt=clean).update(alt=clean)


def _must_fit(content: bytes) -> None:
    if not content:
        raise Refused(_("This file is empty."), field="file")
    if len(content) > LARGEST:
        told = {"most": LARGEST // (1024 * 1024), "size": len(content) / (1024 * 1024)}
        message = _("A picture has at most %(most)d MB; this one has %(size).1f.") % told
        raise Refused(message, field="file")


def _must_have_room(reply: Reply) -> None:
    network = network_of(reply.channel.connector)
    can = network.able(reply.channel.settings) if network else Capabilities()
    most = can.media
    if not most:
        why = can.missing.get("media", "")
        raise Refused(why or _("This channel sends no pictures."), field="file")
    if reply.uploads.count() >= most:
        message = ngettext(
            "This channel sends %(most)d picture with a reply.",
            "This channel sends at most %(most)d pictures with a reply.",
            most,
        )
        raise Refused(message % {"most": most}, field="file")


def _held_draft(reply: Reply) -> Reply:
    """The draft as it is now, held until the commit, so that two uploads count each other."""
    held = Reply.objects.select_for_update(of=("self",)).select_related("channel").get(pk=reply.pk)
    if held.state != Reply.State.DRAFT:
        raise Refused(_("This reply is on its way: take it back first."), field="state")
    return held
