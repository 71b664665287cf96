"""Sets the demo organisation up, fills its channels and keeps new posts coming."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from accounts.models import Department, Membership, User
from inbox.connectors.types import IncomingAuthor
from inbox.demo.connector import BY_NETWORK
from inbox.demo.content import DemoChannel, load
from inbox.demo.furnishing import finish_all, furnish_all
from inbox.demo.history import POSTS, generate
from inbox.demo.network import Heard
from inbox.demo.people import email_of, password, signin_file
from inbox.demo.trickle import Recent, trickle
from inbox.models import Channel, ChannelState, Post, Ticket
from inbox.services.channels import create_channel
from inbox.services.demo_asking import ask_around
from inbox.services.demo_intake import concerned, take_in_the_rest
from inbox.services.demo_promises import (
    promise_what_is_open,
    set_up_incidents,
    set_up_policies,
    settle_incidents,
    wipe_incidents,
)
from inbox.services.demo_wipe import wipe_channels
from inbox.services.demo_work import backdate, do_the_work
from inbox.services.receive import Receipt, receive
from routing.models import AuthorList, Rule
from routing.services import create_rule, delete_rule, save_author_list

SEED = 1884
WINDOW = timedelta(hours=12)
# The demo's own bookkeeping lies in the state of its first channel.
NOTHING_YET = {"now": "", "posts": 0, "is_done": False, "trickled": 0}
RECENT_FOR = timedelta(hours=3)
JOURNALISTS = "journalists"
WORDS = (
    "brioche", "cardamom", "crumb", "dusker", "fig", "ginger", "harvest", "hazel", "kestrel",
    "lark", "malt", "miller", "moth", "oat", "oven", "poppy", "rye", "shortbread", "swift", "wren",
)  # fmt: skip

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Seeded:
    """What `seed` did; `is_new` is False when the demo was there already."""

    is_new: bool
    posts: int = 0
    tickets: int = 0
    actions: int = 0


def seed(
    *,
    posts: int = POSTS,
    now: datetime | None = None,
    say: Say = lambda _: None,
    seed: int = SEED,
) -> Seeded:
    """Make the demo organisation: people, channels, rules, about `posts` posts, and work on them.

    Safe to repeat: what is there stays, and a run that was cut short is continued.
    """
    set_up_people()
    channels = set_up_channels()
    set_up_rules()
    furnish_all()
    book = _book()
    if book["is_done"]:
        return Seeded(is_new=False)
    started = datetime.fromisoformat(book["now"]) if book["now"] else (now or timezone.now())
    posts = book["posts"] or posts
    _remember(now=started.isoformat(), posts=posts)
    heard = generate(started, seed, posts)
    set_up_incidents(now=started)
    say(f"Taking {sum(h.is_new for h in heard):,} posts in …")
    tickets = sum(receipt.tickets for receipt in _take_in(channels, heard))
    brought = take_in_the_rest(channels=channels, now=started).report
    tickets += brought["tickets"]
    backdate(channels.values())
    say(f"Working on {tickets:,} tickets …")
    expected = {(h.channel, h.post.external_id): h.expected for h in heard if h.is_new}
    expected |= concerned()
    actions = do_the_work(channels=channels, expected=expected, now=started, seed=seed)
    ask_around(channels=list(channels.values()), now=started)
    settle_incidents(now=started)
    set_up_policies()
    promise_what_is_open(channels=channels.values(), now=started)
    finish_all()
    _remember(is_done=True)
    posts = sum(h.is_new for h in heard) + brought["created"]
    return Seeded(is_new=True, posts=posts, tickets=tickets, actions=actions)


@transaction.atomic
def set_up_people() -> None:
    """Create the people who are missing, and give all of them the demo's one password."""
    word = _password()
    users = {
        u.email: u
        for u in User.objects.filter(email__in=[email_of(p["handle"]) for p in load().staff])
    }
    known = next((u.password for u in users.values() if check_password(word, u.password)), "")
    # Hashing is slow on purpose, and these people share their word anyway.
    hashed = known or make_password(word)
    departments = {d.slug: d for d in Department.objects.all()}
    for person in load().staff:
        user = users.get(email_of(person["handle"])) or User(
            email=email_of(person["handle"]), name=person["name"], handle=person["handle"]
        )
        user.password, user.time_zone = hashed, person["time_zone"]
        user.save()
        Membership.objects.get_or_create(
            user=user,
            department=departments.get(person.get("department", "")),
            defaults={"role": person["role"], "works_triage": person.get("works_triage", False)},
        )


@transaction.atomic
def set_up_channels() -> dict[str, Channel]:
    """The demo's channels by key, created when missing."""
    wanted = load().channels
    there = {c.name: c for c in Channel.objects.filter(name__in=[c.name for c in wanted.values()])}
    found = {key: there.get(channel.name) or _create(channel) for key, channel in wanted.items()}
    for key, channel in found.items():
        _let_speak(channel, wanted[key])
    return found


def _let_speak(channel: Channel, wanted: DemoChannel) -> None:
    """Have a channel of an older demo answered on the invented network, too."""
    speaking = BY_NETWORK[wanted.network].slug
    if channel.connector == "webhook":
        Channel.objects.filter(pk=channel.pk).update(connector=speaking)
        channel.connector = speaking


def _create(channel: DemoChannel) -> Channel:
    return create_channel(
        name=channel.name,
        network=channel.network,
        connector=BY_NETWORK[channel.network].slug,
        by=None,
        page_name=channel.page_name,
        own_ids=list(channel.own_ids),
        url=channel.url,
    )


@transaction.atomic
def set_up_rules() -> None:
    """Create the demo's routing rules that are missing, and the list of journalists."""
    content = load()
    _set_up_journalists()
    departments = {d.slug: d for d in Department.objects.all()}
    there = set(Rule.objects.values_list("name", flat=True))
    for rule in content.rules:
        if rule["name"] in there:
            continue
        leaves = [{kind: rule[kind]} for kind in ("phrase", "word", "list") if kind in rule]
        create_rule(
            by=None,
            name=rule["name"],
            conditions={"format": 1, "tree": {"all": leaves}},
            department=departments[rule["department"]],
            priority=rule.get("priority"),
        )


def _set_up_journalists() -> None:
    row = AuthorList.objects.filter(slug=JOURNALISTS).first()
    handles = row.handles if row else []
    save_author_list(author_list=row, name="Journalists", handles=[*handles, *_journalists()])


def _journalists() -> list[str]:
    return [str(account["handle"]) for account in load().names["known"]["journalist"]]


def wipe() -> int:
    """Delete the demo's rules, posts and tickets; return how many tickets."""
    names = [channel.name for channel in load().channels.values()]
    for rule in Rule.objects.filter(name__in=[rule["name"] for rule in load().rules]):
        delete_rule(rule=rule)
    for row in AuthorList.objects.filter(slug=JOURNALISTS):
        invented = set(_journalists())
        save_author_list(author_list=row, handles=[h for h in row.handles if h not in invented])
    wipe_incidents()
    return wipe_channels(Channel.objects.filter(name__in=names))


def drip(*, now: datetime | None = None) -> Receipt:
    """Take one fresh post in.

    Returns an empty receipt without a demo, or when the channel was renamed or switched off.
    """
    now = now or timezone.now()
    number = _next_number()
    if number is None:
        return Receipt()
    wanted = {channel.name: key for key, channel in load().channels.items()}
    channels = {wanted[c.name]: c for c in Channel.objects.filter(name__in=wanted, is_active=True)}
    (heard,) = trickle(now, number, 1, list(_recent(channels, now)))
    if heard.channel not in channels:
        return Receipt()
    return receive(channels[heard.channel], [heard.post])


def _take_in(channels: dict[str, Channel], heard: Sequence[Heard]) -> Iterator[Receipt]:
    """Take it in by windows of hours, so that ticket numbers grow with time."""
    begin = heard[0].at
    for _, window in groupby(heard, key=lambda h: (h.at - begin) // WINDOW):
        batches: dict[str, list[Heard]] = defaultdict(list)
        for one in window:
            batches[one.channel].append(one)
        for key, batch in batches.items():
            yield receive(channels[key], [one.post for one in batch])


def _recent(channels: dict[str, Channel], now: datetime) -> Iterator[Recent]:
    """Latest posts by others that people may react to."""
    keys = {channel.pk: key for key, channel in channels.items()}
    posts = Post.objects.filter(
        channel__in=keys,
        is_own=False,
        is_stub=False,
        deleted_at=None,
        ticket__state=Ticket.State.OPEN,
    ).filter(posted_at__gt=now - RECENT_FOR, posted_at__lt=now)
    for post in posts.select_related("contact", "ticket__department").order_by("-posted_at", "-id")[
        :40
    ]:
        contact, ticket = post.contact, post.ticket
        if contact is None or ticket is None:
            continue
        yield Recent(
            keys[post.channel_id],
            post.external_id,
            IncomingAuthor(
                contact.external_id, contact.handle, contact.name, contact.url, contact.followers
            ),
            ticket.department.slug if ticket.department else "",
            post.language or "en",
            post.posted_at,
            post.is_private,
            ticket.is_answered,
        )


def _state() -> ChannelState:
    first = next(iter(load().channels.values()))
    rows = ChannelState.objects.select_for_update(of=("self",))
    return rows.get(channel__name=first.name)


@transaction.atomic
def _book() -> dict[str, Any]:
    """The demo's bookkeeping."""
    return {**NOTHING_YET, **_state().cursor.get("demo", {})}


@transaction.atomic
def _remember(**changes: Any) -> None:
    state = _state()
    state.cursor["demo"] = {**NOTHING_YET, **state.cursor.get("demo", {}), **changes}
    state.save(update_fields=["cursor"])


@transaction.atomic
def _next_number() -> int | None:
    """The running number of the next fresh post; None when there is no demo to play in."""
    try:
        book = _book()
    except ChannelState.DoesNotExist:
        return None
    if not book["is_done"]:
        return None
    _remember(trickled=book["trickled"] + 1)
    return int(book["trickled"])


def _password() -> str:
    """The demo's password, made and written down the first time."""
    if word := password():
        return word
    word = "-".join([*(secrets.choice(WORDS) for _ in range(3)), str(secrets.randbelow(90) + 10)])
    path = signin_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    people = "".join(f"{email_of(p['handle'])}\n" for p in load().staff)
    path.write_text(f"Password: {word}\n{people}", encoding="utf-8")
    return word
