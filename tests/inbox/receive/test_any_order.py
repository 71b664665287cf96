"""However a set of posts is ordered, repeated and cut into deliveries, the end is the same."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Department
from inbox.connectors.types import IncomingPost, Verb
from inbox.models import Channel, Post, PostVersion, Ticket
from inbox.services.receive import receive
from tests.inbox.receive.conftest import deletion, hidden, minutes, own, post, reactions

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("CROSSDESK_PROPERTY_EXAMPLES", "60"))
TEXTS = ["Where is my parcel?", "A boycott, now!", "Is the job still open?", "hm", ""]
_serial = itertools.count(1)

ordinary = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Told:
    """All that a network ever says about one post."""

    name: str
    parent: str
    is_own: bool
    items: tuple[IncomingPost, ...]


@st.composite
def conversations(draw: st.DrawFn) -> list[Told]:
    """Posts whose parents exist, never come, or are only deleted; with edits and counts."""
    count = draw(st.integers(1, 7))
    told = []
    for number in range(count):
        name = f"p{number}"
        parents = ["", "gone", *(f"p{other}" for other in range(number))]
        parent = draw(st.sampled_from(parents))
        is_own = draw(st.booleans())
        at = draw(st.integers(0, 30))
        text = st.sampled_from(TEXTS)
        more: dict[str, Any] = {"at": at, "under": parent}
        if draw(st.integers(0, 9)) == 0:
            more["is_private"] = True
        write = own if is_own else post
        items = [write(name, draw(text), **more)]
        edits = draw(st.lists(st.integers(31, 40), max_size=2))
        items += [write(name, draw(text), edited_at=minutes(edit), **more) for edit in edits]
        items += [deletion(name, 60 + n) for n in draw(st.lists(st.integers(0, 3), max_size=2))]
        verbs = st.sampled_from([Verb.HIDE, Verb.SHOW])
        items += [
            hidden(name, 60 + n, verb=draw(verbs))
            for n in draw(st.sets(st.integers(0, 5), max_size=2))
        ]
        items += [
            reactions(name, 60 + n, like=n * 2 % 5)
            for n in draw(st.lists(st.integers(0, 3), max_size=2))
        ]
        told.append(Told(name, parent, is_own, tuple(items)))
    if draw(st.booleans()):
        told.append(Told("gone", "", False, (deletion("gone", 70),)))
    return told


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Told], list[list[IncomingPost]]]:
    """A conversation, and one way in which it may come: shuffled, repeated, in batches."""
    told = draw(conversations())
    items = [item for one in told for item in one.items]
    repeated = draw(st.lists(st.sampled_from(items), max_size=5))
    shuffled = draw(st.permutations([*items, *repeated]))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(shuffled) - 1)))))
    edges = [0, *cuts, len(shuffled)]
    return told, [shuffled[a:b] for a, b in itertools.pairwise(edges)]


def a_channel() -> Channel:
    return Channel.objects.create(
        name=f"Page {next(_serial)}", network="facebook", connector="webhook", own_ids=["kestrel"]
    )


def outcome(channel: Channel) -> dict[str, Any]:
    """Everything that must not depend on the order of arrival."""
    slugs = dict(Department.objects.values_list("pk", "slug"))
    posts = {one.pk: one for one in Post.objects.filter(channel=channel)}
    names = {pk: one.external_id for pk, one in posts.items()}
    tickets = list(Ticket.objects.current().filter(channel=channel).select_related("decision"))
    opening = {ticket.pk: names[ticket.opening_post_id or 0] for ticket in tickets}
    members: dict[int, set[str]] = {}
    for one in posts.values():
        members.setdefault(one.ticket_id or 0, set()).add(one.external_id)
    versions = PostVersion.objects.filter(post__channel=channel)
    assert None not in {ticket.decision for ticket in tickets}
    return {
        "tickets": {
            opening[t.pk]: (
                slugs.get(t.department_id or 0),
                frozenset(members.get(t.pk, ())),
                (t.excerpt, t.language, t.is_answered, t.is_private, t.post_count, t.state),
                (t.opened_at, t.last_post_at, t.contact_id and t.contact.external_id),  # type: ignore[union-attr]
                slugs.get((t.decision and t.decision.department_id) or 0),
            )
            for t in tickets
        },
        "posts": {
            one.external_id: (
                (one.text, one.edited_at, one.deleted_at, one.counts, one.counts_at),
                (one.is_hidden, one.is_private),
                (one.is_stub, one.is_own, one.language, names.get(one.parent_id or 0)),
                opening.get(one.ticket_id or 0),
            )
            for one in posts.values()
        },
        "versions": sorted((names[v.post_id], v.written_at, v.text) for v in versions),
    }


def expected_partition(told: list[Told]) -> dict[str, set[str]]:
    """Who belongs to whose ticket, from the words of docs/intake.md alone."""
    here = {one.name: one for one in told if len(one.items) > 0 and one.name != "gone"}

    def opening_of(one: Told) -> str | None:
        parent = here.get(one.parent)
        above = opening_of(parent) if parent else None
        if above is None:
            return None if one.is_own else one.name
        return above

    partition: dict[str, set[str]] = {}
    for one in here.values():
        name = opening_of(one)
        if name is not None:
            partition.setdefault(name, set()).add(one.name)
    return partition


@ordinary
@given(deliveries())
def test_order_repetition_and_batching_change_nothing(
    delivery: tuple[list[Told], list[list[IncomingPost]]],
) -> None:
    told, batches = delivery
    at_once, in_pieces = a_channel(), a_channel()
    receive(at_once, [item for one in told for item in one.items])
    for batch in batches:
        receive(in_pieces, batch)
    assert outcome(in_pieces) == outcome(at_once)


@ordinary
@given(deliveries())
def test_each_thread_is_one_ticket(
    delivery: tuple[list[Told], list[list[IncomingPost]]],
) -> None:
    told, batches = delivery
    channel = a_channel()
    for batch in batches:
        receive(channel, batch)
    tickets = outcome(channel)["tickets"]
    assert {name: set(facts[1]) for name, facts in tickets.items()} == expected_partition(told)


@ordinary
@given(deliveries())
def test_everything_again_changes_nothing(
    delivery: tuple[list[Told], list[list[IncomingPost]]],
) -> None:
    _, batches = delivery
    channel = a_channel()
    for batch in batches:
        receive(channel, batch)
    before = outcome(channel)
    for batch in reversed(batches):
        receipt = receive(channel, batch)
        assert receipt.duplicates == len(batch)
    assert outcome(channel) == before
