"""Rehearsals: asking for one, replaying in the background, and saving what was rehearsed."""

from __future__ import annotations

import gc
import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from accounts.access import access_of
from accounts.models import User
from routing import queries, replay
from routing.classifier import ModelError
from routing.models import Decision, Lesson, Rehearsal, RouterModel, Rule
from routing.replay import Outcome, Side, Tally
from routing.services.changes import Change, prepared, rules_after, starts_on
from routing.services.proposals import may_propose
from routing.services.rules import LONGEST_REASON

logger = logging.getLogger(__name__)

State = Rehearsal.State
CHUNK = 1_000  # Decisions read at once: a few megabytes.
LONGEST = timedelta(minutes=4)  # Far more than it takes; shorter than a job may take.
SILENT = timedelta(seconds=60)  # A worker that says nothing for so long is dead.
MOST_ATTEMPTS = 3
MOST_OPEN = 3  # Unfinished ones, for each person.
KEPT_FOR = timedelta(days=30)

_FIELDS = (
    *("pk", "created_at", "facts", "probabilities", "model_version", "method", "topic"),
    *("topic_confidence", "sentiment", "urgency", "spam"),
)

_SET_BY_US = {"change", "by", "result", "finished_at", "saved_at", "saved_by"}

Progress = Callable[[int], bool]


class Stopped(Exception):  # noqa: N818 - reads as a sentence
    """It was cancelled, or another worker has it."""


@transaction.atomic
def request_rehearsal(
    *,
    by: User,
    change: Mapping[str, Any],
    days: int | None = None,
    posts: int | None = None,
    reason: str = "",
) -> Rehearsal:
    """Have a worker replay `change` over the decisions of the last `days`, or the last `posts`.

    Without either, two weeks; never more than `Rehearsal.MOST_POSTS`. Raises `PermissionDenied`,
    and `ValidationError` naming each wrong field.
    """
    if not may_rehearse(by, change):
        raise PermissionDenied
    if Rehearsal.objects.unfinished().filter(by=by).count() >= MOST_OPEN:
        raise ValidationError(_("%d rehearsals of yours are still running.") % MOST_OPEN)
    if days is not None and posts is not None:
        raise ValidationError({"posts": _("Give days or posts, not both.")})
    rehearsal = Rehearsal(
        change=prepared(change),
        reason=" ".join(reason.replace("\0", "").split())[:LONGEST_REASON],
        days=Rehearsal.DAYS if days is None and posts is None else days,
        posts=posts,
        by=by,
    )
    rehearsal.clean_fields(exclude=_SET_BY_US)
    rehearsal.save(force_insert=True)
    _enqueue(rehearsal.pk)
    return rehearsal


def may_rehearse(user: User, change: Mapping[str, Any]) -> bool:
    """Admins rehearse everything, leads what is proposed or what they could propose."""
    if access_of(user).is_admin:
        return True
    return change.get("kind") in {"create", "change", "proposal"} and may_propose(user)


def run_rehearsal(*, rehearsal: Rehearsal) -> Rehearsal:
    """Replay, unless another worker has it; the row says how it goes."""
    if not _claim(rehearsal):
        return rehearsal
    own = Rehearsal.objects.filter(pk=rehearsal.pk, attempt=rehearsal.attempt, state=State.RUNNING)

    def progress(percent: int) -> bool:
        return bool(own.update(percent=percent, heartbeat_at=timezone.now()))

    try:
        outcome = rehearse(
            rehearsal.change, days=rehearsal.days, posts=rehearsal.posts, progress=progress
        )
        ended: dict[str, Any] = {"state": State.DONE, "percent": 100, **outcome}
    except Stopped:
        ended = {}
    except (ModelError, ValidationError) as error:
        messages = error.messages if isinstance(error, ValidationError) else [str(error)]
        ended = {"state": State.FAILED, "error": " ".join(messages)}
    except Exception as error:
        logger.exception("Rehearsal %s failed.", rehearsal.pk)
        ended = {"state": State.FAILED, "error": f"{type(error).__name__}: {error}"}
    if ended:
        own.update(**ended, finished_at=timezone.now())
    rehearsal.refresh_from_db()
    return rehearsal


def rehearse(
    change: Change,
    *,
    days: int | None = None,
    posts: int | None = None,
    progress: Progress = lambda _percent: True,
) -> dict[str, Any]:
    """Replay now: the `result`, and the `basis` it was held against.

    Raises `ModelError`, `ValidationError`, and `Stopped` when `progress` says so.
    """
    before, after = sides_of(change)
    since = timezone.now() - timedelta(days=days) if days else None
    most = posts or Rehearsal.MOST_POSTS
    tally = Tally(before.known.zone)
    with _uncollected():
        for rows in _chunks(since, most):
            seen = [one for row in rows if (one := replay.seen_from(row)) is not None]
            tally.erased += len(rows) - len(seen)
            found, alone = replay.replay(seen, before, after, vectors=_vectors)
            tally.words_alone += alone
            answers = _answers([one.pk for one in seen])
            for one, (was, would) in zip(seen, found, strict=True):
                tally.add(one, was, would, answers.get(one.pk))
            if not progress(_percent(tally, rows[-1]["created_at"], since, most)):
                raise Stopped
    is_cut = tally.n + tally.erased >= most and posts is None
    return {
        "result": {**tally.as_json(), "is_cut": is_cut},
        "basis": basis_of(before.known.fingerprint),
    }


def sides_of(change: Change) -> tuple[Side, Side]:
    """Routing as it is, and as it would be. Raises `ModelError` or `ValidationError`."""
    known = queries.snapshot()
    rules = list(Rule.objects.select_related("department", *queries.NAMED_BY_RULES))
    before = queries.with_rules(known, rules)
    after = queries.with_rules(known, rules_after(change, rules))
    if change["kind"] == "threshold":
        after = replace(after, threshold=float(change["threshold"]))
    elif change["kind"] == "model":
        model = RouterModel.objects.filter(version=change["model"]).first()
        if model is None:
            raise ValidationError({"model": _("There is no such model.")})
        classifier = queries.load_classifier(model)
        after = replace(after, classifier=classifier, model_version=model.version)
    today = timezone.localdate(timezone=known.zone)
    return replay.sides(before, after, day=today, after_day=starts_on(change, rules))


def explain(rehearsal: Rehearsal, ids: Sequence[int]) -> dict[int, tuple[Outcome, Outcome]]:
    """Both outcomes of some decisions, with the words behind them.

    Nothing when routing has changed since, or the change can no longer be made.
    """
    if not ids:
        return {}
    try:
        before, after = sides_of(rehearsal.change)
    except (ModelError, ValidationError):
        return {}
    if rehearsal.basis != basis_of(before.known.fingerprint):
        return {}
    rows = Decision.objects.filter(pk__in=ids).values(*_FIELDS)
    seen = [one for row in rows if (one := replay.seen_from(row)) is not None]
    found, _alone = replay.replay(seen, before, after, vectors=_vectors)
    return {
        one.pk: (replay.explained(one, before, was), replay.explained(one, after, would))
        for one, (was, would) in zip(seen, found, strict=True)
    }


def current_basis() -> str:
    """What a rehearsal run now would be held against."""
    return basis_of(queries.snapshot().fingerprint)


def basis_of(fingerprint: str) -> str:
    return hashlib.sha256(fingerprint.encode()).hexdigest()


def cancel_rehearsal(*, rehearsal: Rehearsal) -> bool:
    """Stop it; return whether it was still under way."""
    under_way = Rehearsal.objects.unfinished().filter(pk=rehearsal.pk)
    return bool(under_way.update(state=State.CANCELLED, finished_at=timezone.now()))


def resume_rehearsals() -> int:
    """Nudge those that a worker lost, give up on hopeless ones, forget old ones; how many."""
    silent = timezone.now() - SILENT
    lost = Rehearsal.objects.unfinished().filter(heartbeat_at__lt=silent)
    lost.filter(attempt__gte=MOST_ATTEMPTS).update(
        state=State.FAILED, error=_("The worker stopped."), finished_at=timezone.now()
    )
    Rehearsal.objects.filter(finished_at__lt=timezone.now() - KEPT_FOR).delete()
    found = list(lost.values_list("pk", flat=True))
    for pk in found:
        _enqueue(pk)
    return len(found)


def _claim(rehearsal: Rehearsal) -> bool:
    """Take it if nobody has it, or whoever had it is dead."""
    silent = Q(state=State.RUNNING, heartbeat_at__lt=timezone.now() - SILENT)
    free = Rehearsal.objects.filter(Q(state=State.QUEUED) | silent, pk=rehearsal.pk)
    now = timezone.now()
    taken = free.update(state=State.RUNNING, attempt=F("attempt") + 1, heartbeat_at=now, percent=0)
    rehearsal.refresh_from_db()
    return bool(taken)


def _enqueue(pk: int) -> None:
    async_task("routing.tasks.run_rehearsal", pk, timeout=int(LONGEST.total_seconds()))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for cycles: it would look through each chunk many times and find none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _chunks(since: datetime | None, most: int) -> Iterator[list[dict[str, Any]]]:
    """The newest decisions, newest first, no more than `most` and none before `since`."""
    last, left = None, most
    while left > 0:
        page = Decision.objects.order_by("-pk")
        if last is not None:
            page = page.filter(pk__lt=last)
        rows = list(page.values(*_FIELDS)[: min(CHUNK, left)])
        if not rows:
            return
        last = rows[-1]["pk"]
        # Keys and times go up together, but for batches that are stored at the same time.
        fresh = [row for row in rows if since is None or row["created_at"] >= since]
        if not fresh:
            return
        left -= len(fresh)
        yield fresh


def _vectors(ids: Sequence[int]) -> Mapping[int, bytes]:
    kept = Decision.objects.filter(_covering("pk", ids)).exclude(vector=b"")
    return {pk: bytes(vector) for pk, vector in kept.values_list("pk", "vector")}


def _covering(name: str, ids: Sequence[int]) -> Q:
    """Where `name` is one of `ids`, and a few more: to write down a thousand takes longer than it
    takes to find them, and a chunk has hardly a gap."""
    first, last = min(ids, default=0), max(ids, default=0)
    if last - first < 2 * len(ids):
        return Q(**{f"{name}__gte": first, f"{name}__lte": last})
    return Q(**{f"{name}__in": ids})


def _answers(ids: Sequence[int]) -> dict[int, str]:
    """Where people put posts, by the lesson they gave last."""
    lessons = Lesson.objects.standing().filter(_covering("decision", ids)).order_by("pk")
    told = lessons.values_list("decision", "to_department__slug")
    return {decision: slug or replay.SPAM for decision, slug in told}


def _percent(tally: Tally, oldest: datetime, since: datetime | None, most: int) -> int:
    """How far it is, by posts or by time, whichever ends it first."""
    by_posts = (tally.n + tally.erased) / most
    span = (timezone.now() - since).total_seconds() if since else 0.0
    by_time = (timezone.now() - oldest).total_seconds() / span if span else 0.0
    return min(99, int(100 * max(by_posts, by_time)))
