"""Rules, models, decisions and why, and what people taught."""

from routing.models.deciding import (
    Alarm,
    AuthorList,
    Decision,
    RouterModel,
    RouterSettings,
    Rule,
    RuleProposal,
    RuleVersion,
)
from routing.models.incidents import Incident
from routing.models.learning import DayCount, FirstHour, Lesson, RoutingDay, Training

__all__ = [
    "Alarm",
    "AuthorList",
    "DayCount",
    "Decision",
    "FirstHour",
    "Incident",
    "Lesson",
    "RouterModel",
    "RouterSettings",
    "RoutingDay",
    "Rule",
    "RuleProposal",
    "RuleVersion",
    "Training",
]
