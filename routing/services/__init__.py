"""Every write of the routing room, and the decisions."""

from routing.services.alarms import clear_alarm, raise_alarm
from routing.services.author_lists import delete_author_list, save_author_list
from routing.services.deciding import decide, decide_batch, forget
from routing.services.proposals import (
    accept_proposal,
    decline_proposal,
    may_propose,
    propose_rule,
)
from routing.services.rules import (
    create_rule,
    delete_rule,
    reorder_rules,
    restore_rule,
    update_rule,
)
from routing.services.settings import set_threshold, set_time_zone
from routing.services.training import activate_model, train_model

__all__ = [
    "accept_proposal",
    "activate_model",
    "clear_alarm",
    "create_rule",
    "decide",
    "decide_batch",
    "decline_proposal",
    "delete_author_list",
    "delete_rule",
    "forget",
    "may_propose",
    "propose_rule",
    "raise_alarm",
    "reorder_rules",
    "restore_rule",
    "save_author_list",
    "set_threshold",
    "set_time_zone",
    "train_model",
    "update_rule",
]
