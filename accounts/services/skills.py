"""What people can do, and whether they are there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import PersonSkill, Skill, User
from accounts.services.refused import Refused
from accounts.services.trail import signed

MOST_SKILLS = 30
_LABEL = re.compile(r"[\w-]{1,40}")


@transaction.atomic
def set_skills(*, user: User, labels: Sequence[str], by: User | None) -> list[str]:
    """Give `user` exactly these skills, new ones too; return their labels in order.

    Labels are in small letters, with dashes for spaces. Raises `Refused`.
    """
    wanted = sorted({"-".join(label.lower().split()) for label in labels if label.strip()})
    for label in wanted:
        if not _LABEL.fullmatch(label):
            message = _("“%s” is no label: letters, digits and dashes, at most 40.")
            raise Refused(message % label[:20], field="skills")
    if len(wanted) > MOST_SKILLS:
        told = {"most": MOST_SKILLS}
        raise Refused(_("A person has at most %(most)d skills.") % told, field="skills")
    Skill.objects.bulk_create([Skill(slug=label) for label in wanted], ignore_conflicts=True)
    skills = Skill.objects.filter(slug__in=wanted)
    with signed(by):
        PersonSkill.objects.filter(user=user).exclude(skill__in=skills).delete()
        standing = set(PersonSkill.objects.filter(user=user).values_list("skill_id", flat=True))
        PersonSkill.objects.bulk_create(
            [PersonSkill(user=user, skill=skill) for skill in skills if skill.pk not in standing],
            ignore_conflicts=True,
        )
    return wanted


def set_away(*, user: User, is_away: bool) -> None:
    """Say that `user` takes no tickets by skill for the time being, or does again."""
    if is_away:
        User.objects.filter(pk=user.pk, away_since=None).update(away_since=timezone.now())
    else:
        User.objects.filter(pk=user.pk).update(away_since=None)
    user.refresh_from_db(fields=["away_since"])
