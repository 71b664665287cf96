"""Rules, models, decisions and why, what people taught, and rehearsals."""

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
from routing.models.learning import DayCount, FirstHour, Lesson, RoutingDay, RuleDay, Training
from routing.models.rehearsing import Rehearsal

__all__ = [
    "Alarm",
    "AuthorList",
    "DayCount",
    "Decision",
    "FirstHour",
    "Incident",
    "Lesson",
    "Rehearsal",
    "RouterModel",
    "RouterSettings",
    "RoutingDay",
    "Rule",
    "RuleDay",
    "RuleProposal",
    "RuleVersion",
    "Training",
]
