"""Reading a channel's past, page by page beside its present; what is old is nobody's work."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pghistory
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from accounts.models import User
from inbox.connectors import tape
from inbox.connectors.base import Network, network_of
from inbox.connectors.errors import Expired, Limited, NetworkError, Refused
from inbox.connectors.tape import Tape
from inbox.connectors.types import Page
from inbox.models import Backfill, Channel, ChannelState, RawPayload
from inbox.services import conflicts, leases, ledger, polling, raw
from inbox.services.access import access_of
from inbox.services.sampling import sample

State = Backfill.State
# Longer than one question and its intake: a worker that dies holds the turn no longer than this.
LEASE = timedelta(minutes=5)
SLICE_SECONDS = 40.0
FAILURES_BEFORE_PAUSE = 8
# What a back-fill leaves of a quota, so that what is written now still comes in.
SPARE = 0.25
RUN = "inbox.tasks.run_backfill"
FEW_DAYS = 7


class TurnLostError(Exception):
    """Somebody paused or cancelled it, or another worker reads on."""


def require_confirmation(*, days: int, most: int, is_confirmed: bool) -> None:
    """Raise `Refused` when much is to be taken in, and nobody has said that it may be."""
    if days > FEW_DAYS and not is_confirmed:
        refusal = _("Confirm that up to %(most)s posts of %(days)s days may be taken in.")
        message = refusal % {"most": f"{most:,}", "days": days}
        raise conflicts.Refused(message, field="confirmed")


def begin_past(
    *,
    channel: Channel,
    days: int,
    most: int,
    is_confirmed: bool,
    expected: int | None = None,
    by: User,
) -> Backfill:
    """As `begin` from `days` ago; how many posts are `expected` is otherwise asked the network.

    Raises `Refused`, also when so much has to be confirmed first.
    """
    require_confirmation(days=days, most=most, is_confirmed=is_confirmed)
    if expected is None and _network(channel) is not None:
        expected = sample(channel=channel).estimate(days).posts
    since = timezone.now() - timedelta(days=days)
    return begin(channel=channel, since=since, most=most, expected=expected or 0, by=by)


@transaction.atomic
def begin(
    *, channel: Channel, since: datetime, most: int, expected: int = 0, by: User | None
) -> Backfill:
    """Have workers read what was written since `since` (aware), and stop after `most` posts.

    Raises `Refused` when the channel's network cannot be asked, or a back-fill is under way.
    """
    network = _network(channel)
    if network is None:
        reason = _("What was written before cannot be read on this network.")
        raise conflicts.Refused(reason)
    now = timezone.now()
    task = Backfill(
        channel=channel,
        since=since,
        history_before=now - timedelta(days=settings.BACKFILL_WORK_DAYS),
        most=most,
        expected=expected,
        cursor=dict(network.cursor_since(since)),
        started_by=by,
    )
    try:
        with transaction.atomic(), pghistory.context(user=by.pk if by else None):
            task.save()
    except IntegrityError:
        reason = _("A back-fill of this channel is under way: wait for it, or cancel it.")
        raise conflicts.Refused(reason) from None
    async_task(RUN, task.pk)
    return task


def run(*, task: Backfill, seconds: float = SLICE_SECONDS) -> bool:
    """Read on for about `seconds` if it is due; whether there is more to read at once.

    Never raises for what the network does. Posts and cursor are written together, so that a
    process killed at any line leaves nothing to be read twice or not at all.
    """
    network = _network(task.channel)
    if network is None or not _claim(task):
        return False
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            wait = _must_wait(task.channel)
            if wait:
                _rest(task, wait, _("The network allows no more for now."))
                return False
            access = access_of(task.channel)
            with tape.recording(access.secrets.values()) as kept:
                page = network.fetch(access, task.cursor)
            if _take_page(task, page, kept):
                return False
    except TurnLostError:
        return False
    except NetworkError as error:
        _failed(task, error)
        return False
    return _rest(task, timedelta(), "")


def pause(*, task: Backfill, by: User | None) -> None:
    """Let it rest until somebody says go on. Raises `Refused` when it does not run."""
    _change(task, [State.RUNNING], by, state=State.PAUSED, reason="")


def resume(*, task: Backfill, more: int = 0, by: User | None) -> None:
    """Go on, with `more` posts allowed. Raises `Refused` when it is not paused."""
    with transaction.atomic():
        _change(
            task,
            [State.PAUSED],
            by,
            state=State.RUNNING,
            most=F("most") + more,
            failures=0,
            reason="",
            next_turn_at=timezone.now(),
        )
        async_task(RUN, task.pk)


def cancel(*, task: Backfill, by: User | None) -> None:
    """End it; what it brought stays. Raises `Refused` when it is over already."""
    _change(
        task,
        [State.RUNNING, State.PAUSED],
        by,
        state=State.CANCELLED,
        reason="",
        finished_at=timezone.now(),
    )


def due() -> list[int]:
    """Back-fills that nobody reads on with: they waited, or their worker died."""
    return list(Backfill.objects.due().values_list("pk", flat=True))


def _network(channel: Channel) -> Network | None:
    network = network_of(channel.connector)
    return network if network is not None and network.capabilities.polling else None


def _claim(task: Backfill) -> bool:
    """Take the turn; the moment it ends is the fence between two workers."""
    task.refresh_from_db()
    mine = timezone.now() + LEASE
    due_now = Backfill.objects.due().filter(pk=task.pk, next_turn_at=task.next_turn_at)
    if not due_now.update(next_turn_at=mine):
        return False
    task.next_turn_at = mine
    return True


def _held(task: Backfill) -> QuerySet[Backfill]:
    return Backfill.objects.filter(pk=task.pk, state=State.RUNNING, next_turn_at=task.next_turn_at)


def _must_wait(channel: Channel) -> timedelta | None:
    state = ChannelState.objects.filter(channel=channel).first()
    if state is not None and state.breaker == ChannelState.Breaker.OPEN and state.next_poll_at:
        return state.next_poll_at - timezone.now()
    return polling.used_up(channel, spare=SPARE)


@transaction.atomic
def _take_page(task: Backfill, page: Page, kept: Tape) -> bool:
    """Write the posts of `page` with the cursor that leads past them; whether the turn is over."""
    receipt = polling.take_in(
        channel=task.channel, posts=page.posts, history_before=task.history_before
    )
    raw.keep(
        channel=task.channel, how=RawPayload.How.FETCH, body=kept.as_bytes(), posts=page.posts,
        receipt=receipt,
        about={"cursor": task.cursor, "history_before": task.history_before.isoformat()},
    )  # fmt: skip
    polling.keep_refused(task.channel, page)
    times = [post.posted_at for post in page.posts if post.posted_at is not None]
    read = task.posts + len(page.posts)
    mine = timezone.now() + LEASE
    changes = {
        "cursor": dict(page.cursor),
        "pages": F("pages") + 1,
        "posts": read,
        "created": F("created") + receipt.created,
        "tickets": F("tickets") + receipt.tickets,
        "failures": 0,
        "reason": "",
        "next_turn_at": mine,
    }
    if times:
        # PostgreSQL's LEAST passes over what is not known.
        changes["oldest_at"] = Least(F("oldest_at"), min(times))
    if not page.has_more:
        changes |= {"state": State.DONE, "finished_at": timezone.now()}
    elif read >= task.most:
        said = _("%(n)s posts were read, as many as allowed.") % {"n": read}
        changes |= {"state": State.PAUSED, "reason": said}
    if not _held(task).update(**changes):
        raise TurnLostError
    task.cursor, task.posts, task.next_turn_at = dict(page.cursor), read, mine
    return "state" in changes


@transaction.atomic
def _rest(task: Backfill, wait: timedelta, reason: str) -> bool:
    """Give the turn back; with nothing to wait for, another job goes on."""
    held = _held(task).update(next_turn_at=timezone.now() + wait, reason=reason)
    if held and not wait:
        async_task(RUN, task.pk)
    return bool(held)


def _failed(task: Backfill, error: NetworkError) -> None:
    failures = task.failures + (0 if isinstance(error, Limited) else 1)
    reason = _("The network %(why)s.") % {"why": error.reason}
    if not isinstance(error, Limited):
        ledger.note(task.channel_id, errors=1)
    # What is refused, or asks for other credentials, does no better later.
    if isinstance(error, Expired | Refused) or failures >= FAILURES_BEFORE_PAUSE:
        _held(task).update(state=State.PAUSED, failures=failures, reason=reason)
        return
    wait = max(
        leases.wait_after(max(failures, 1), timedelta(minutes=1)),
        timedelta(seconds=error.retry_after),
    )
    _held(task).update(failures=failures, reason=reason, next_turn_at=timezone.now() + wait)


def _change(task: Backfill, before: list[State], by: User | None, **changes: object) -> None:
    with transaction.atomic(), pghistory.context(user=by.pk if by else None):
        changed = Backfill.objects.filter(pk=task.pk, state__in=before).update(**changes)
    task.refresh_from_db()
    if not changed:
        said = _("This back-fill is %(state)s.") % {"state": task.get_state_display().lower()}
        raise conflicts.Refused(said)
