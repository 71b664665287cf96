"""What an error of a network means for a reply, and what people are told to do about it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from inbox.connectors.base import network_of
from inbox.connectors.errors import (
    Blocked,
    Expired,
    Forbidden,
    Gone,
    Limited,
    NetworkError,
    Refused,
    TooLong,
    Uncertain,
    Unreachable,
    Unsupported,
)
from inbox.models import Channel
from publishing.lengths import limit_of
from publishing.models import Reply
from publishing.services.advance import advance
from publishing.services.telling import Kind, tell
from routing.services import raise_alarm

State, Fault = Reply.State, Reply.Fault
MOST_ATTEMPTS = 8
# A network that wants us to wait may do so for days, but not for ever.
MOST_LIMITED = 60
FIRST_WAIT, LONGEST_WAIT = 5.0, 600.0
# The first that fits counts, so the particular come before the general.
CODES: Mapping[type[NetworkError], Reply.Fault] = {
    Limited: Fault.LIMITED,
    Unreachable: Fault.UNREACHABLE,
    Uncertain: Fault.UNCERTAIN,
    Expired: Fault.EXPIRED,
    TooLong: Fault.TOO_LONG,
    Blocked: Fault.BLOCKED,
    Gone: Fault.GONE,
    Forbidden: Fault.FORBIDDEN,
    Unsupported: Fault.UNSUPPORTED,
    Refused: Fault.REFUSED,
}


def code_of(error: NetworkError) -> Reply.Fault:
    """The fault an error of a connector stands for."""
    return next((code for kind, code in CODES.items() if isinstance(error, kind)), Fault.UNCERTAIN)


@transaction.atomic
def take_fault(reply: Reply, error: NetworkError) -> bool:
    """Say what becomes of a claimed reply the network did not take; False when it went on."""
    code = code_of(error)
    mine = {"claimed_at": reply.claimed_at}
    told = {"error_code": code, "error": sentence_of(reply, error, code)}
    if code == Fault.UNCERTAIN:
        return advance(
            reply, expect=State.SENDING, to=State.UNCERTAIN, only_if=mine, looks=0,
            next_attempt_at=timezone.now() + timedelta(seconds=error.retry_after), **told,
        )  # fmt: skip
    most = {Fault.LIMITED: MOST_LIMITED, Fault.UNREACHABLE: MOST_ATTEMPTS}.get(code, 0)
    if reply.attempts < most:
        at = timezone.now() + wait_after(reply.attempts, error)
        return advance(
            reply, expect=State.SENDING, to=State.SCHEDULED, only_if=mine, next_attempt_at=at,
            **told,
        )  # fmt: skip
    if not advance(reply, expect=State.SENDING, to=State.FAILED, only_if=mine, **told):
        return False
    tell(reply, Kind.REPLY_FAILED, by=None, reason=reply.get_error_code_display(), code=code)
    if code == Fault.EXPIRED:
        alarm_of(reply.channel, error)
    return True


def wait_after(attempts: int, error: NetworkError) -> timedelta:
    """How long to wait: what the network asks for, else doubling up to ten minutes, and jitter."""
    doubled = min(FIRST_WAIT * 2 ** max(attempts - 1, 0), LONGEST_WAIT)
    jitter = random.uniform(0.8, 1.2)  # noqa: S311 - spreads requests, guards nothing
    return timedelta(seconds=max(doubled * jitter, error.retry_after))


def alarm_of(channel: Channel, error: NetworkError) -> None:
    """Tell the admins that nothing leaves through `channel` before they connect it again."""
    message = (
        f"{channel}: {label_of(channel)} {error.reason}. Replies wait until an admin connects it "
        "again: Settings › Channels."
    )
    raise_alarm(f"channel-expired-{channel.pk}", message, "critical")


def label_of(channel: Channel) -> str:
    """How the network is called in a sentence."""
    network = network_of(channel.connector)
    return network.label if network else channel.network.title()


def sentence_of(reply: Reply, error: NetworkError, code: Reply.Fault) -> str:
    """What happened, and what to do: sentences for a person, without any secret."""
    happened = f"{label_of(reply.channel)} {error.reason.rstrip('.')}."
    return f"{happened} {_advice(reply, code)}".strip()


def _advice(reply: Reply, code: Reply.Fault) -> str:
    match code:
        case Fault.EXPIRED:
            told = _("%(names)s can connect %(channel)s again; then retry.")
            return told % {"names": admins(), "channel": reply.channel}
        case Fault.TOO_LONG:
            return _too_long_by(reply)
        case Fault.LIMITED:
            return _("It goes out by itself as soon as the network allows it.")
        case Fault.UNREACHABLE:
            if reply.attempts < MOST_ATTEMPTS:
                return _("Nothing was published; it is tried again by itself.")
            return _("Nothing was published. Retry when the network is there again.")
        case Fault.UNCERTAIN:
            return _("It may be there all the same, so the network is searched for it first.")
        case Fault.BLOCKED:
            return _("They blocked the page: they cannot be answered here.")
        case Fault.GONE:
            return _("What you answer is no longer there. Answer another post, or discard this.")
        case Fault.FORBIDDEN:
            return _("The page's credentials lack a right; %s can give it.") % admins()
    return ""


def _too_long_by(reply: Reply) -> str:
    network = network_of(reply.channel.connector)
    most = limit_of(reply.channel, reply.in_reply_to, is_private=reply.is_private)
    if network is None or most is None:
        return _("Shorten it and send it again.")
    length = network.length_of(reply.text)
    too_many = length - most
    if too_many <= 0:
        return _("Yours counts %(length)d. Shorten it and send it again.") % {"length": length}
    told = {"length": length, "count": too_many}
    return _("Yours counts %(length)d, %(count)d too many.") % told


def admins() -> str:
    """The names of those who can connect channels."""
    held = Membership.objects.filter(role=Membership.Role.ADMIN, department=None)
    people = User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("name")[:3]
    return ", ".join(str(person) for person in people) or _("An admin")
