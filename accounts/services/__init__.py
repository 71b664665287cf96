"""Every write of the accounts room."""

from accounts.services.departments import create_department, update_department
from accounts.services.memberships import remove_membership, set_membership
from accounts.services.people import (
    activate_person,
    create_admin,
    deactivate_person,
    invite_person,
    make_password_link,
    update_person,
)
from accounts.services.refused import Refused
from accounts.services.skills import set_away, set_skills
from accounts.services.sla import save_policy as save_sla_policy
from accounts.services.sla import set_defaults as set_sla_defaults
from accounts.services.tokens import create_token, revoke_token

__all__ = [
    "Refused",
    "activate_person",
    "create_admin",
    "create_department",
    "create_token",
    "deactivate_person",
    "invite_person",
    "make_password_link",
    "remove_membership",
    "revoke_token",
    "save_sla_policy",
    "set_away",
    "set_membership",
    "set_skills",
    "set_sla_defaults",
    "update_department",
    "update_person",
]
