"""A reply as its network's connector takes it."""

from __future__ import annotations

from inbox.connectors.base import Access, Network, network_of
from inbox.connectors.errors import Gone, Unsupported
from inbox.connectors.types import OutgoingPost
from inbox.models import Channel, Post
from inbox.services.access import access_of
from publishing.models import Reply
from publishing.services.uploads import uploads_of

STEPS_UP = 50


def speaker_of(channel: Channel) -> tuple[Network, Access]:
    """Who speaks for `channel`. Raises `Unsupported` and `Expired`."""
    network = network_of(channel.connector)
    if network is None:
        raise Unsupported("reply")
    return network, access_of(channel)


def outgoing_of(reply: Reply) -> OutgoingPost:
    """What is to be said. Raises `Gone` when the post that is answered was erased."""
    post = reply.in_reply_to
    if post is None:
        raise Gone("has nothing left to answer: the post was removed")
    root = _root_of(post)
    contact = post.contact
    return OutgoingPost(
        text=reply.text,
        in_reply_to=post.external_id,
        root=root.external_id,
        kind=post.kind,
        is_private=reply.is_private,
        recipient=contact.external_id if contact else "",
        recipient_handle=contact.handle if contact else "",
        language=post.language,
        uploads=uploads_of(reply),
        details=post.details,
        root_details=root.details,
    )


def _root_of(post: Post) -> Post:
    """The first post of the thread, as far up as is known."""
    for _step in range(STEPS_UP):
        if post.parent is None:
            break
        post = post.parent
    return post
