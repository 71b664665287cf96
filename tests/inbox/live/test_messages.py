"""What a person is told of a change, and how it looks on the wire."""

from __future__ import annotations

import pytest

from accounts.access import NOTHING, Access
from inbox.live_server import messages
from inbox.live_server.messages import Change, Message

SERVICE, PR, HR = 1, 2, 4
AGENT = Access(visible_department_ids=frozenset({SERVICE, PR}))
LEAD = Access(visible_department_ids=frozenset({SERVICE, PR}), can_see_triage=True)
HR_PARTNER = Access(visible_department_ids=frozenset({SERVICE, PR, HR}))


@pytest.mark.parametrize(
    ("change", "agent", "lead", "hr_partner"),
    [
        ((7, PR, PR), (7, PR, PR), (7, PR, PR), (7, PR, PR)),
        ((7, PR, SERVICE), (7, PR, SERVICE), (7, PR, SERVICE), (7, PR, SERVICE)),
        # Into a department one cannot see: gone, without a word where to.
        ((7, HR, SERVICE), (7, None, SERVICE), (7, None, SERVICE), (7, HR, SERVICE)),
        # Out of it: as if it had always been here.
        ((7, SERVICE, HR), (7, SERVICE, SERVICE), (7, SERVICE, SERVICE), (7, SERVICE, HR)),
        ((7, HR, HR), None, None, (7, HR, HR)),
        ((7, None, None), None, (7, None, None), None),
        ((7, SERVICE, None), (7, SERVICE, SERVICE), (7, SERVICE, None), (7, SERVICE, SERVICE)),
        ((7, HR, None), None, (7, None, None), (7, HR, HR)),
        ((7, None, HR), None, (7, None, None), (7, None, HR)),
    ],
)  # fmt: skip
def test_each_is_told_what_they_may_know(
    change: Change, agent: Change | None, lead: Change | None, hr_partner: Change | None
) -> None:
    message = Message("action", (change,))
    for access, expected in ((AGENT, agent), (LEAD, lead), (HR_PARTNER, hr_partner)):
        assert message.seen_by(access) == ([expected] if expected else [])
    assert message.seen_by(NOTHING) == []


def test_only_some_tickets_of_a_message_are_told() -> None:
    message = Message("post", ((1, SERVICE, SERVICE), (2, HR, HR), (3, PR, PR)))
    assert [change[0] for change in message.seen_by(AGENT)] == [1, 3]


def test_a_ticket_shown_for_the_asking_is_told_to_the_asked_departments_own_people() -> None:
    member = Access(visible_department_ids=frozenset({PR}), home_department_ids=frozenset({PR}))
    message = Message.parse('{"k":"action","t":[[7,4,4,[2]],[8,4,4]]}')
    assert message
    assert message.seen_by(member) == [(7, HR, HR)]
    assert message.seen_by(AGENT) == []


def test_a_notice_is_for_the_people_it_names() -> None:
    message = Message.parse('{"k":"notice","t":[],"u":[3,4]}')
    assert message
    assert (message.users, message.seen_by(LEAD)) == (frozenset({3, 4}), [])


@pytest.mark.parametrize(
    "payload",
    ["", "x", "[]", "{}", '{"k":"post"}', '{"k":"post","t":[1]}', '{"k":"post","t":[["a",1,1]]}',
     '{"k":"post","t":[[1,"2",1]]}', '{"k":"post","t":null}', '{"k":"post","t":[[]]}',
     '{"k":"post","t":[[1,2,1,["x"]]]}', '{"k":"notice","t":[],"u":["x"]}'],
)  # fmt: skip
def test_foreign_notifications_are_ignored(payload: str) -> None:
    assert Message.parse(payload) is None


def test_event_is_one_line_of_data() -> None:
    text = messages.changed("post", [(7, None, 1)], mark="9-a")
    assert text == 'id: 9-a\ndata: {"k":"post","t":[[7,null,1]]}\n\n'
