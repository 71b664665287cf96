"""Where a reply may go from where it is; a table that makes no sense is refused at import."""

from __future__ import annotations

from collections.abc import Mapping

from publishing.models.replies import Reply

State = Reply.State

TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.IN_REVIEW, State.APPROVED, State.CANCELLED}),
    State.IN_REVIEW: frozenset({State.APPROVED, State.REJECTED, State.DRAFT}),
    State.REJECTED: frozenset({State.DRAFT, State.CANCELLED}),
    State.APPROVED: frozenset({State.SENDING, State.SCHEDULED, State.DRAFT}),
    State.SCHEDULED: frozenset({State.SENDING, State.SCHEDULED, State.DRAFT}),
    # Back to `scheduled` only when it is certain that the network has nothing.
    State.SENDING: frozenset({State.SENT, State.SCHEDULED, State.FAILED, State.UNCERTAIN}),
    # Never to `sending`: the network is looked at before anything is said again.
    State.UNCERTAIN: frozenset({State.SENT, State.APPROVED, State.FAILED}),
    State.FAILED: frozenset({State.APPROVED, State.DRAFT, State.CANCELLED}),
    State.SENT: frozenset(),
    State.CANCELLED: frozenset(),
}


def check(table: Mapping[State, frozenset[State]]) -> None:
    """Raise `ValueError` unless every state is reachable and only sending publishes."""
    if set(table) != set(State):
        raise ValueError("each state needs a line in the table")
    reached = {State.DRAFT}
    for _step in State:
        reached |= {to for state in reached for to in table[state]}
    if reached != set(State):
        raise ValueError(f"no way leads to {', '.join(sorted(set(State) - reached))}")
    into_sending = {state for state in State if State.SENDING in table[state]}
    if into_sending != {State.APPROVED, State.SCHEDULED}:
        raise ValueError("only what was approved may be sent")
    into_sent = {state for state in State if State.SENT in table[state]}
    if into_sent != {State.SENDING, State.UNCERTAIN} or table[State.SENT]:
        raise ValueError("only what was being sent may have been sent, and it stays so")


check(TRANSITIONS)
