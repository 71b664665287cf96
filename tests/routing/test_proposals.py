"""Leads ask, admins answer, once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from accounts.models import User
from routing import services
from routing.models import Rule, RuleProposal
from tests.routing.trees import word

pytestmark = pytest.mark.django_db


def propose(by: User, **values: Any) -> RuleProposal:
    wanted = {"name": "Oil", "conditions": word("oil"), "reason": "It begins.", **values}
    return services.propose_rule(by=by, **wanted)


def test_only_leads_and_admins_propose(agent: User, lead: User, admin: User) -> None:
    with pytest.raises(PermissionDenied):
        propose(agent)
    assert propose(lead).by == lead
    assert propose(admin).by == admin


def test_a_proposal_is_valid_and_says_why(lead: User) -> None:
    for values, field in (({"reason": " "}, "reason"), ({"conditions": {}}, "conditions")):
        with pytest.raises(ValidationError) as caught:
            propose(lead, **values)
        assert field in caught.value.message_dict


def test_only_an_admin_settles_it(lead: User) -> None:
    proposal = propose(lead)
    for settle in (services.accept_proposal, services.decline_proposal):
        with pytest.raises(PermissionDenied):
            settle(proposal=proposal, by=lead)
    assert not Rule.objects.exists()


def test_a_change_of_a_rule_that_changed_meanwhile_is_not_accepted(lead: User, admin: User) -> None:
    rule = services.create_rule(by=None, name="Oil", conditions=word("oil"))
    proposal = propose(lead, rule=rule, name="Fat")
    services.update_rule(rule=rule, by=None, priority=3)
    with pytest.raises(ValidationError):
        services.accept_proposal(proposal=proposal, by=admin)
    proposal.refresh_from_db()
    rule.refresh_from_db()
    assert (proposal.state, rule.name) == ("open", "Oil")


def test_an_accepted_change_names_who_asked_for_it(lead: User, admin: User) -> None:
    rule = services.create_rule(by=None, name="Oil", conditions=word("oil"))
    services.accept_proposal(proposal=propose(lead, rule=rule, name="Fat"), by=admin)
    version = rule.versions.get(number=2)
    assert (version.definition["name"], version.by) == ("Fat", admin)
    assert version.reason == "Proposed by Ines Duarte: It begins."


@pytest.mark.django_db(transaction=True)
def test_two_admins_at_once_make_one_rule(lead: User, admin: User) -> None:
    proposal = propose(lead)
    refused: list[str] = []
    together = threading.Barrier(3, timeout=30)

    def accept() -> None:
        try:
            together.wait()
            services.accept_proposal(proposal=proposal, by=admin)
        except ValidationError as error:
            refused.extend(error.messages)
        finally:
            connection.close()

    threads = [threading.Thread(target=accept) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Rule.objects.count() == 1
    assert refused == ["Somebody has settled this already."] * 2
