"""The pictures of posts, and whose eyes they are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q, prefetch_related_objects

from accounts.models import User
from inbox.models import Post, Preview, Ticket

MOST_OF_A_POST = 12
LONGEST_ALT = 1000


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a post as it is shown; `preview` is None before anybody asked for it."""

    post_id: int
    number: int
    alt: str
    link: str
    is_video: bool
    preview: Preview | None


def picture_address(post: Post, number: int) -> str:
    """Where the picture of the post's attachment `number` is, or "" when it has none."""
    if not 0 <= number < min(len(post.attachments), MOST_OF_A_POST):
        return ""
    item = post.attachments[number]
    kind = _kind(item)
    if kind not in {"image", "video"}:
        return ""
    address = item.get("preview") if kind == "video" else item.get("url")
    is_web = isinstance(address, str) and address.startswith(("https://", "http://"))
    return address if is_web else ""


def pictures_of(post: Post, previews: Iterable[Preview]) -> list[Picture]:
    """The pictures of `post`, with what became of each so far."""
    known = {preview.number: preview for preview in previews}
    return [
        picture_of(post, number, known.get(number))
        for number in range(len(post.attachments))
        if picture_address(post, number)
    ]


def picture_of(post: Post, number: int, preview: Preview | None) -> Picture:
    """The picture of attachment `number`, which must have one."""
    item = post.attachments[number]
    alt, link = (item.get(name) for name in ("alt", "url"))
    return Picture(
        post_id=post.pk,
        number=number,
        alt=" ".join(alt.split())[:LONGEST_ALT] if isinstance(alt, str) else "",
        link=link if isinstance(link, str) else "",
        is_video=_kind(item) == "video",
        preview=preview,
    )


def load_previews(posts: Iterable[Post]) -> None:
    """Load what is known of all pictures of `posts`; no query when there are none."""
    posts = list(posts)
    prefetch_related_objects([post for post in posts if post.attachments], "previews")
    rest = [post for post in posts if not post.attachments]
    prefetch_related_objects(rest, Prefetch("previews", Preview.objects.none()))


def picture_post(user: User, pk: int) -> Post | None:
    """The post `pk`, if `user` may see a ticket it stands in: its own, or one under it."""
    post = Post.objects.filter(pk=pk, is_stub=False).defer("search").first()
    if post is None:
        return None
    seen = Ticket.objects.visible_to(user)
    if post.ticket_id is not None:
        return post if seen.filter(pk=post.ticket_id).exists() else None
    # The page's own posts have no ticket, and are shown above those that hang under them.
    above = Q(opening_post__parent=pk) | Q(opening_post__parent__parent=pk)
    above |= Q(opening_post__parent__parent__parent=pk)
    return post if seen.filter(above).exists() else None


def _kind(item: Any) -> str:
    kind = str(item.get("type", "")) if isinstance(item, Mapping) else ""
    return kind.partition("/")[0].lower()
