"""What the workers run: load, call the service."""

from __future__ import annotations

from django_q.tasks import async_task

from inbox.connectors.files import FileError
from inbox.models import Backfill, Channel, Import, LessonImport
from inbox.queries.intake import stored_file
from inbox.queries.router_health import bounce_rate
from inbox.services import (
    backfills,
    deliveries,
    feeds,
    forgetting,
    imports,
    ledger,
    lesson_imports,
    notices,
    polling,
    presence,
    previews,
    promises,
    raw,
    reconciling,
    tickets,
    triage,
    waiting,
    watching,
)
from routing.services.health import check_health
from routing.services.training import request_training

# Shorter than a job may take (Q_CLUSTER["timeout"]); a long import goes on in the next job.
SLICE_SECONDS = 60
PICTURES_SECONDS = 20


def poll_due_feeds() -> int:
    """Ask for a job for each feed that is due; return how many."""
    due = feeds.due_channels()
    for pk in due:
        async_task("inbox.tasks.poll_feed", pk)
    return len(due)


def poll_feed(channel_id: int) -> None:
    """Ask one feed, unless another worker did meanwhile."""
    channel = Channel.objects.filter(pk=channel_id, is_active=True).first()
    if channel is not None:
        feeds.poll(channel=channel)


def poll_due_networks() -> int:
    """Ask for a job for each channel of a network that is due; return how many."""
    due = polling.due_channels()
    for pk in due:
        async_task("inbox.tasks.poll_network", pk)
    return len(due)


def poll_network(channel_id: int) -> None:
    """Ask one network, unless another worker did meanwhile."""
    channel = Channel.objects.filter(pk=channel_id, is_active=True).first()
    if channel is not None:
        polling.poll(channel=channel)


def reconcile_due_channels() -> int:
    """Ask for a job for each channel whose conversations are to be read again; how many."""
    due = reconciling.due_channels()
    for pk in due:
        async_task("inbox.tasks.reconcile_channel", pk)
    return len(due)


def reconcile_channel(channel_id: int) -> None:
    """Read one channel's conversations again."""
    channel = Channel.objects.filter(pk=channel_id, is_active=True).first()
    if channel is not None:
        reconciling.reconcile(channel=channel)


def read_threads(channel_id: int, names: list[str]) -> None:
    """Read conversations that changed. Raises `NetworkError`, so that the job is tried again."""
    channel = Channel.objects.filter(pk=channel_id, is_active=True).first()
    if channel is not None:
        reconciling.read_threads(channel=channel, names=names)


def read_unread(channel_id: int, references: list[str]) -> None:
    """Read what a delivery only named. Raises `NetworkError`, so that the job is tried again."""
    channel = Channel.objects.filter(pk=channel_id, is_active=True).first()
    if channel is not None:
        polling.read_unread(channel=channel, references=references)


def take_waiting() -> int:
    """Take in deliveries that wait although their process is gone; return how many."""
    taken = waiting.take_left_behind(seconds=SLICE_SECONDS)
    watching.watch_waiting()
    return taken


def run_backfill(backfill_id: int) -> None:
    """Read on with a back-fill for a while, unless another worker does."""
    task = Backfill.objects.filter(pk=backfill_id).select_related("channel").first()
    if task is not None:
        backfills.run(task=task)


def resume_backfills() -> int:
    """Go on with back-fills that waited, or whose worker died; return how many."""
    found = backfills.due()
    for pk in found:
        async_task("inbox.tasks.run_backfill", pk)
    return len(found)


def fetch_preview(preview_id: int) -> int:
    """Get one picture of a post, unless another worker does, and those that wait; how many."""
    if not previews.fetch(preview_id=preview_id):
        return 0
    return 1 + previews.fetch_waiting(seconds=PICTURES_SECONDS)


def forget_words() -> int:
    """Remove words that may be kept no longer; return of how many posts."""
    return forgetting.forget_due()


def purge_raw() -> int:
    """Remove what was kept word for word long enough."""
    return raw.purge()


def tidy_previews() -> int:
    """Remove pictures that are old or too many."""
    return previews.tidy()


def run_import(import_id: int) -> None:
    """Go on with an import for a while, and ask for another job if there is more."""
    task = Import.objects.filter(pk=import_id, state=Import.State.RUNNING).first()
    if task is None:
        return
    try:
        with stored_file(task) as file:
            is_done = imports.run(task=task, file=file, seconds=SLICE_SECONDS)
    except imports.TakenOver:
        return
    except (FileError, FileNotFoundError) as error:
        imports.fail(task=task, error=str(error))
        return
    if not is_done:
        async_task("inbox.tasks.run_import", import_id)


def resume_imports() -> int:
    """Go on with imports whose worker died; return how many."""
    imports.give_up_stale_commands()
    found = [task.pk for task in imports.stale()]
    for pk in found:
        async_task("inbox.tasks.run_import", pk)
    return len(found)


def wake_snoozed() -> int:
    """Open the tickets whose snooze is over."""
    return tickets.wake_snoozed()


def record_breaches() -> int:
    """Write broken promises into the timelines; return on how many tickets."""
    total = 0
    while found := promises.record_breaches():
        total += found
        if found < promises.RECORDED_AT_ONCE:
            break
    return total


def watch_triage() -> None:
    """Say when tickets wait too long for being sorted, and send them on when nobody sorts."""
    triage.watch()
    triage.fall_back()


def clean_up() -> None:
    """Forget who looked at tickets, what was told long ago and how fast channels delivered."""
    presence.forget_absent()
    notices.forget_old()
    deliveries.clear_windows()


def keep_ledger() -> None:
    """Bring the ledger of the channels up to now, and see who is silent or about to expire."""
    ledger.keep_ledger()
    watching.watch_silence()
    watching.watch_credentials()


def run_lesson_import(import_id: int) -> None:
    """Check a file of history, or learn from it."""
    task = LessonImport.objects.filter(pk=import_id, state=LessonImport.State.RUNNING).first()
    if task is None:
        return
    lesson_imports.run(task=task)
    if task.report.get("learned"):
        request_training(by=task.created_by)


def check_router_health() -> list[str]:
    """Raise an alarm when routing does worse than the settings allow."""
    return check_health(bounce_rate=bounce_rate())
