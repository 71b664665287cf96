"""Every write of the routing room, and the decisions."""

from routing.services.alarms import clear_alarm, raise_alarm
from routing.services.deciding import decide, decide_batch, forget
from routing.services.learning import (
    Answer,
    forget_lessons,
    learn,
    learn_many,
    relearn_person,
    unlearn,
    unlearn_person,
)
from routing.services.promoting import Superseded, activate_model, pin_model, roll_back
from routing.services.rules import create_rule, delete_rule, reorder_rules, update_rule
from routing.services.settings import set_learning, set_threshold
from routing.services.training import request_training, run_training, train_model

__all__ = [
    "Answer",
    "Superseded",
    "activate_model",
    "clear_alarm",
    "create_rule",
    "decide",
    "decide_batch",
    "delete_rule",
    "forget",
    "forget_lessons",
    "learn",
    "learn_many",
    "pin_model",
    "raise_alarm",
    "relearn_person",
    "reorder_rules",
    "request_training",
    "roll_back",
    "run_training",
    "set_learning",
    "set_threshold",
    "train_model",
    "unlearn",
    "unlearn_person",
    "update_rule",
]
