"""What the rules that fire make of a decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from routing.models import Decision, Rule

LOWEST_PRIORITY = 0


@dataclass(slots=True)
class Effects:
    """Collects what rules ask for, from the top: what one has settled, a later one cannot change.

    Tags and people to be told add up.
    """

    fired: list[dict[str, Any]] = field(default_factory=list)
    first: Rule | None = None
    placing: Rule | None = None
    reasons: list[str] = field(default_factory=list)
    priority: int | None = None
    assignee: int | None = None
    skill: str = ""
    sla_policy: int | None = None
    approval: dict[str, Any] = field(default_factory=dict)
    consult: str = ""
    consulting: str = ""  # The name of the rule that asks.
    tags: dict[str, str] = field(default_factory=dict)
    users: dict[int, None] = field(default_factory=dict)
    departments: dict[str, None] = field(default_factory=dict)
    telling: dict[str, None] = field(default_factory=dict)  # Names of the rules that tell.

    def add(self, rule: Rule, found: list[str]) -> None:
        """Take in that `rule` fired because of `found`."""
        self.fired.append(
            {"rule": rule.pk, "version": rule.version, "name": rule.name, "reasons": found}
        )
        self.first = self.first or rule
        if self.placing is None and rule.place != Rule.Place.UNCHANGED:
            self.placing, self.reasons = rule, found
        if self.priority is None:
            self.priority = rule.priority
        if self.assignee is None and not self.skill:
            self.assignee = rule.assignee_id
            self.skill = rule.skill.slug if rule.skill is not None else ""
        if self.sla_policy is None:
            self.sla_policy = rule.sla_policy_id
        if rule.approval_by is not None and not self.approval:
            by, leads = rule.approval_by.slug, rule.approval_by_leads
            self.approval = {"department": by, "leads": leads}
        if rule.consult is not None and not self.consult:
            self.consult, self.consulting = rule.consult.slug, rule.name
        for tag in rule.tags:
            self.tags.setdefault(tag.lower(), tag)
        self._tell(rule)

    def _tell(self, rule: Rule) -> None:
        if rule.notify_user_id is not None:
            self.users[rule.notify_user_id] = None
        if rule.notify_department is not None:
            self.departments[rule.notify_department.slug] = None
        if rule.notify_user_id is not None or rule.notify_department is not None:
            self.telling[rule.name] = None

    def write_into(self, decision: Decision) -> None:
        """Let `decision` say so."""
        if self.first is None:
            return
        decision.fired = self.fired
        if self.placing is not None:
            self._place(decision, self.placing)
            decision.spam = self._spam_rule
        told = self.placing or self.first
        decision.rule, decision.rule_version = told, told.version
        priority = LOWEST_PRIORITY if self._spam_rule else self.priority
        if priority is not None:
            decision.priority = priority
        decision.consult = self.consult
        wanted = {
            "tags": list(self.tags.values()),
            "assignee": self.assignee,
            "skill": self.skill,
            "sla_policy": self.sla_policy,
            "approval": self.approval,
            "consult": self.consulting,
            "notify": self._people_to_tell(),
            "spam": self._spam_rule,
        }
        decision.effects = {name: value for name, value in wanted.items() if value}

    @property
    def _spam_rule(self) -> str:
        """The name of the rule that takes it for spam, if one does."""
        is_spam = self.placing is not None and self.placing.place == Rule.Place.SPAM
        return self.placing.name if self.placing is not None and is_spam else ""

    def _people_to_tell(self) -> dict[str, list[Any]]:
        told: dict[str, list[Any]] = {
            "users": list(self.users),
            "departments": list(self.departments),
            "rules": list(self.telling),
        }
        return {name: people for name, people in told.items() if people}

    def _place(self, decision: Decision, rule: Rule) -> None:
        shares = decision.probabilities
        likeliest = max(shares, key=shares.__getitem__, default="")
        decision.method = Decision.Method.RULE
        decision.department = rule.department
        decision.confidence = 1.0
        if likeliest != (rule.department.slug if rule.department else ""):
            decision.runner_up = likeliest
        decision.reasons = [{"word": word, "weight": 1.0} for word in self.reasons]
