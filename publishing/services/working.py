"""The sender's work: every reply and change that is due, whatever state it was left in."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min

from publishing.models import Reply, ReplyChange
from publishing.services.changing import make_change
from publishing.services.delivering import deliver
from publishing.services.settling import recover, settle_uncertain

State = Reply.State
Job = tuple[str, int]
AT_ONCE = 100


def due_jobs() -> list[Job]:
    """What is to be done now, the longest waiting first."""
    replies = Reply.objects.due().values_list("pk", flat=True)[:AT_ONCE]
    changes = ReplyChange.objects.due().values_list("pk", flat=True)[:AT_ONCE]
    return [*(("reply", pk) for pk in replies), *(("change", pk) for pk in changes)]


def next_due_at() -> datetime | None:
    """When the next thing is to be done; None when nothing waits."""
    found = [
        rows.filter(next_attempt_at__isnull=False).aggregate(at=Min("next_attempt_at"))["at"]
        for rows in (Reply.objects.all(), ReplyChange.objects.all())
    ]
    return min((at for at in found if at is not None), default=None)


def work(job: Job) -> bool:
    """Do one thing that is due; False when it was not, or another worker does it."""
    kind, pk = job
    if kind == "change":
        change = ReplyChange.objects.select_related("reply__channel").filter(pk=pk).first()
        return change is not None and make_change(change=change)
    reply = Reply.objects.select_related("channel", "ticket", "in_reply_to", "author")
    found = reply.filter(pk=pk).first()
    if found is None:
        return False
    match found.state:
        case State.APPROVED | State.SCHEDULED:
            return deliver(reply=found)
        case State.SENDING:
            return recover(reply=found)
        case State.UNCERTAIN:
            return settle_uncertain(reply=found)
    return False


def work_through() -> int:
    """Do everything that is due, once; return how much was done."""
    return sum(work(job) for job in due_jobs())
