"""Asks routing about the posts that open tickets, and language detection about all of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from inbox.connectors.types import IncomingAuthor
from inbox.models import Channel, Post
from inbox.models.search import configuration_for
from inbox.services.receive.contacts import Known
from inbox.services.receive.folding import Folded
from routing import language
from routing.facts import Facts
from routing.models import Decision
from routing.services import decide_batch


def tell_languages(folded: Collection[Folded]) -> None:
    """Say of each text that came or changed which language it is in, and how to search it."""
    sources = [(one.post, one.source) for one in folded if one.source is not None]
    if not sources:
        return
    found = language.detect(
        [post.text for post, _ in sources], [source.language for _, source in sources]
    )
    for (post, _), code in zip(sources, found, strict=True):
        post.language = code
        post.search_config = configuration_for(code)


@dataclass(frozen=True, slots=True)
class Opening:
    """A post that opens a ticket, with what routing may want to know around it."""

    post: Post
    author: IncomingAuthor | None
    known: Known | None
    is_follow_up: bool
    is_under_own_post: bool


def decide(channel: Channel, openings: Collection[Opening]) -> dict[str, Decision]:
    """One unsaved decision for each of `openings`, by external id."""
    if not openings:
        return {}
    decisions = decide_batch([_facts(channel, opening) for opening in openings])
    return {
        opening.post.external_id: made for opening, made in zip(openings, decisions, strict=True)
    }


def _facts(channel: Channel, opening: Opening) -> Facts:
    post, author, known = opening.post, opening.author, opening.known
    return Facts(
        text=post.text,
        language=post.language,
        channel_id=channel.pk,
        network=channel.network,
        author_handle=author.handle if author else "",
        author_name=author.name if author else "",
        kind=post.kind,
        is_private=post.is_private,
        followers=known.followers if known else None,
        posted_at=post.posted_at,
        earlier_department=known.earlier_department if known else "",
        is_follow_up=opening.is_follow_up,
        is_under_own_post=opening.is_under_own_post,
    )
