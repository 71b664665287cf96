"""Asks routing about the posts that open tickets, and language detection about all of them."""

from __future__ import annotations

from collections.abc import Collection

from inbox.models import Channel, Post
from inbox.models.search import configuration_for
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


def decide(
    channel: Channel, posts: Collection[Post], folded: dict[str, Folded]
) -> dict[str, Decision]:
    """One unsaved decision for each of `posts`, by external id."""
    if not posts:
        return {}
    facts = [_facts(channel, post, folded[post.external_id]) for post in posts]
    decisions = decide_batch(facts)
    return {post.external_id: made for post, made in zip(posts, decisions, strict=True)}


def _facts(channel: Channel, post: Post, folded: Folded) -> Facts:
    author = folded.source.author if folded.source else None
    return Facts(
        text=post.text,
        language=post.language,
        channel_id=channel.pk,
        network=channel.network,
        author_handle=author.handle if author else "",
        author_name=author.name if author else "",
        kind=post.kind,
        is_private=post.is_private,
    )
