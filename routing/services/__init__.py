"""Every write of the routing room, and the decisions."""

from routing.services.alarms import clear_alarm, raise_alarm
from routing.services.deciding import decide, decide_batch, forget
from routing.services.rules import create_rule, delete_rule, reorder_rules, update_rule
from routing.services.settings import set_threshold
from routing.services.training import activate_model, train_model

__all__ = [
    "activate_model",
    "clear_alarm",
    "create_rule",
    "decide",
    "decide_batch",
    "delete_rule",
    "forget",
    "raise_alarm",
    "reorder_rules",
    "set_threshold",
    "train_model",
    "update_rule",
]
