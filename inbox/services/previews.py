"""Pictures of posts: asked for once, fetched by a worker, made small, kept within a budget.

The row is the truth and the job a nudge: a page that still waits asks again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django_q.tasks import async_task

from inbox.connectors import media
from inbox.connectors.media import Fault, MediaError
from inbox.models import Post, Preview
from inbox.pictures import PictureError, preview_of
from inbox.queries.pictures import picture_address

State = Preview.State
# A nudge is taken for lost after this, and a worker for dead.
NUDGE_AGAIN = timedelta(seconds=10)
GIVEN_UP = timedelta(seconds=60)
ASK_AGAIN = {
    Fault.SLOW: timedelta(minutes=10),
    Fault.UNREACHABLE: timedelta(minutes=10),
    Fault.PRIVATE: timedelta(hours=1),
}
ASK_AGAIN_LATER = timedelta(days=1)
TIDIED_AT_ONCE = 200
_FETCHING = 7_316_010  # Any number no other advisory lock uses.


def ask_for(*, post: Post, number: int) -> Preview | None:
    """The picture's row, a job on its way when one is needed; None when there is no picture."""
    address = picture_address(post, number)
    if not address:
        return None
    digest = hashlib.sha256(address.encode()).hexdigest()
    now = timezone.now()
    row = Preview.objects.filter(post=post, number=number).first()
    if row is None:
        row = _begin(post, number, digest)
    if row.digest == digest and not _is_due(row):
        return row
    # Of several pages that see the same old row, one makes the job.
    seen = Preview.objects.filter(pk=row.pk, state=row.state, asked_at=row.asked_at)
    with transaction.atomic():
        if seen.update(state=State.WAITING, digest=digest, asked_at=now, until=now + NUDGE_AGAIN):
            async_task("inbox.tasks.fetch_preview", row.pk)
    row.refresh_from_db()
    return row


def _begin(post: Post, number: int, digest: str) -> Preview:
    try:
        with transaction.atomic():
            return Preview.objects.create(post=post, number=number, digest=digest)
    except IntegrityError:
        return Preview.objects.get(post=post, number=number)


def _is_due(row: Preview) -> bool:
    return row.until is None or row.until <= timezone.now()


def fetch(*, preview_id: int) -> bool:
    """Get one picture; False when somebody else does, or too many are being fetched.

    Never raises for what strangers send: the row says why there is no picture.
    """
    row = _claim(preview_id)
    if row is None:
        return False
    try:
        content = media.fetch(
            picture_address(row.post, row.number),
            largest=settings.PREVIEW_LARGEST_MB * 1024 * 1024,
            allow_private=settings.ALLOW_PRIVATE_ADDRESSES,
        )
        picture = preview_of(content)
    except MediaError as error:
        _fail(row, error.fault)
    except PictureError as error:
        _fail(row, Fault.TOO_LARGE if error.is_too_large else Fault.NO_PICTURE)
    else:
        _keep(row, picture.content, picture.width, picture.height)
    return True


def fetch_waiting(*, seconds: float) -> int:
    """Get pictures whose own jobs found too many being fetched, for so long; how many."""
    until, fetched = timezone.now() + timedelta(seconds=seconds), 0
    while timezone.now() < until:
        waiting = Preview.objects.filter(state=State.WAITING).order_by("asked_at")
        following = waiting.values_list("pk", flat=True).first()
        if following is None or not fetch(preview_id=following):
            break
        fetched += 1
    return fetched


def _claim(preview_id: int) -> Preview | None:
    """Take the row to fetch it while few are being fetched: jobs of other kinds come first."""
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FETCHING])
        busy = Preview.objects.filter(state=State.FETCHING, until__gt=now).count()
        if busy >= max(1, settings.WORKERS // 2):
            return None
        mine = Preview.objects.filter(pk=preview_id, state=State.WAITING)
        if not mine.update(state=State.FETCHING, until=now + GIVEN_UP):
            return None
    return Preview.objects.select_related("post").defer("post__search").get(pk=preview_id)


def _still_mine(row: Preview) -> QuerySet[Preview]:
    return Preview.objects.filter(pk=row.pk, state=State.FETCHING, digest=row.digest)


def _fail(row: Preview, fault: Fault) -> None:
    until = timezone.now() + ASK_AGAIN.get(fault, ASK_AGAIN_LATER)
    _still_mine(row).update(state=State.FAILED, fault=fault, until=until)


def _keep(row: Preview, content: bytes, width: int, height: int) -> None:
    # The name follows from the row, so that a killed worker leaves nothing nobody knows of.
    name = f"previews/{row.post_id % 1000:03}/{row.post_id}-{row.number}.webp"
    default_storage.delete(name)
    name = default_storage.save(name, ContentFile(content))
    until = timezone.now() + timedelta(days=settings.PREVIEW_DAYS)
    _still_mine(row).update(
        state=State.READY, file=name, size=len(content), width=width, height=height, until=until,
        fault="",
    )  # fmt: skip


def content_of(row: Preview) -> bytes | None:
    """The picture of a ready row; None, and asked for anew, when its file is gone."""
    try:
        with default_storage.open(row.file) as file:
            return bytes(file.read())
    except FileNotFoundError:
        Preview.objects.filter(pk=row.pk, state=State.READY).update(until=timezone.now())
        return None


def tidy() -> int:
    """Remove old pictures, and the oldest as long as all are more than the budget; how many."""
    old = Preview.objects.filter(until__lt=timezone.now() - GIVEN_UP)
    gone = _remove(old.order_by("until")[:TIDIED_AT_ONCE])
    budget = settings.PREVIEW_BUDGET_MB * 1024 * 1024
    while gone < 50 * TIDIED_AT_ONCE:
        ready = Preview.objects.filter(state=State.READY)
        if (ready.aggregate(total=Sum("size"))["total"] or 0) <= budget:
            break
        gone += _remove(ready.order_by("asked_at")[:TIDIED_AT_ONCE])
    return gone


def remove_of(post_ids: Collection[int]) -> int:
    """Remove the pictures of these posts; how many there were."""
    return _remove(Preview.objects.filter(post__in=post_ids))


def _remove(rows: QuerySet[Preview]) -> int:
    found = list(rows)
    # Files first: a row without a file mends itself, a file without a row stays for ever.
    for row in found:
        if row.file:
            default_storage.delete(row.file)
    Preview.objects.filter(pk__in=[row.pk for row in found]).delete()
    return len(found)
