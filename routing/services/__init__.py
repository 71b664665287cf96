"""Every write of the routing room, and the decisions."""

from routing.services.alarms import clear_alarm, raise_alarm
from routing.services.author_lists import delete_author_list, save_author_list
from routing.services.deciding import decide, decide_batch, forget
from routing.services.incidents import (
    close_incident,
    may_open_incidents,
    reopen_incident,
    save_incident,
)
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
from routing.services.proposals import (
    accept_proposal,
    decline_proposal,
    may_propose,
    propose_rule,
)
from routing.services.rehearsed import save_rehearsed
from routing.services.rehearsing import (
    cancel_rehearsal,
    may_rehearse,
    request_rehearsal,
    resume_rehearsals,
    run_rehearsal,
)
from routing.services.rules import (
    create_rule,
    delete_rule,
    reorder_rules,
    restore_rule,
    update_rule,
)
from routing.services.settings import (
    set_consult_margin,
    set_learning,
    set_threshold,
    set_time_zone,
)
from routing.services.training import request_training, run_training, train_model

__all__ = [
    "Answer",
    "Superseded",
    "accept_proposal",
    "activate_model",
    "cancel_rehearsal",
    "clear_alarm",
    "close_incident",
    "create_rule",
    "decide",
    "decide_batch",
    "decline_proposal",
    "delete_author_list",
    "delete_rule",
    "forget",
    "forget_lessons",
    "learn",
    "learn_many",
    "may_open_incidents",
    "may_propose",
    "may_rehearse",
    "pin_model",
    "propose_rule",
    "raise_alarm",
    "relearn_person",
    "reopen_incident",
    "reorder_rules",
    "request_rehearsal",
    "request_training",
    "restore_rule",
    "resume_rehearsals",
    "roll_back",
    "run_rehearsal",
    "run_training",
    "save_author_list",
    "save_incident",
    "save_rehearsed",
    "set_consult_margin",
    "set_learning",
    "set_threshold",
    "set_time_zone",
    "train_model",
    "unlearn",
    "unlearn_person",
    "update_rule",
]
