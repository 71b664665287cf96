"""Macros: written, changed, used."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import access_of
from accounts.models import Department, User
from accounts.services.trail import signed
from inbox.models import Contact, Ticket
from inbox.services.conflicts import NotAllowed, Refused
from inbox.services.tags import LONGEST_TAG, MOST_TAGS, set_tags
from publishing.macro_text import Filled, faults_in, fill
from publishing.models import Macro
from publishing.queries.speaking import values_for

_SHORTCUT = re.compile(r"[\w-]{1,30}")


def save_macro(
    *,
    name: str,
    text: str,
    department: Department | None,
    by: User | None,
    macro: Macro | None = None,
    shortcut: str = "",
    topic: str = "",
    tags: Sequence[str] = (),
    is_active: bool = True,
) -> Macro:
    """Write a macro, or change one; `by` None is the command line.

    Raises `Refused` naming the wrong field, and `NotAllowed` unless `by` leads the department it is
    in and the one it comes to; what is everybody's is for admins.
    """
    _must_lead(by, department)
    if macro is not None:
        _must_lead(by, macro.department)
    row = macro or Macro()
    row.name = " ".join(name.replace("\0", "").split())
    row.text = text.replace("\0", "").replace("\r\n", "\n").strip()
    row.shortcut = shortcut.strip().lstrip("/").lower()
    row.department, row.topic, row.is_active = department, topic, is_active
    row.tags = list(dict.fromkeys(tag for raw in tags if (tag := " ".join(raw.split()))))
    _refuse_faults(row)
    try:
        with transaction.atomic(), signed(by):
            row.save()
    except IntegrityError as error:
        field = "shortcut" if "shortcut" in str(error) else "name"
        raise Refused(_("Another macro of this department has it already."), field=field) from None
    return row


def delete_macro(*, macro: Macro, by: User) -> None:
    """Remove a macro; replies written with it stay. Raises `NotAllowed`."""
    _must_lead(by, macro.department)
    with transaction.atomic(), signed(by):
        Macro.objects.filter(pk=macro.pk).delete()


@transaction.atomic
def use_macro(*, macro: Macro, ticket: Ticket, by: User, listener: Contact | None = None) -> Filled:
    """The macro's words for `ticket`, counted as used; its tags are added where there is room.

    They speak to `listener`, or to the ticket's contact.

    Raises `Conflict` or `NotAllowed` when tags are to be added and `by` may not.
    """
    Macro.objects.filter(pk=macro.pk).update(uses=F("uses") + 1, last_used_at=timezone.now())
    standing = list(ticket.tags.values_list("name", flat=True))
    known = {name.lower() for name in standing}
    added = [tag for tag in macro.tags if tag.lower() not in known]
    if added and len(standing) + len(added) <= MOST_TAGS:
        set_tags(ticket=ticket, names=[*standing, *added], by=by)
    return fill(macro.text, values_for(ticket, by, listener))


def _must_lead(by: User | None, department: Department | None) -> None:
    if by is None:
        return
    access = access_of(by)
    if department is None and not access.is_admin:
        raise NotAllowed(_("Macros of all departments are for admins to write."))
    if department is not None and department.pk not in access.led_department_ids:
        raise NotAllowed(_("Only leads of a department write its macros."))


def _refuse_faults(row: Macro) -> None:
    if not row.name:
        raise Refused(_("A macro needs a name."), field="name")
    if len(row.name) > 80:
        raise Refused(_("A name has at most 80 characters."), field="name")
    if not row.text:
        raise Refused(_("A macro needs words."), field="text")
    if len(row.text) > Macro.LONGEST:
        told = {"most": Macro.LONGEST}
        raise Refused(_("A macro has at most %(most)d characters.") % told, field="text")
    if faults := faults_in(row.text):
        raise Refused(" ".join(faults), field="text")
    if row.shortcut and not _SHORTCUT.fullmatch(row.shortcut):
        told_words = _("A shortcut is at most 30 letters, digits, dashes and underscores.")
        raise Refused(told_words, field="shortcut")
    if len(row.tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in row.tags):
        told = {"most": MOST_TAGS, "longest": LONGEST_TAG}
        words = _("At most %(most)d tags, each of at most %(longest)d characters.")
        raise Refused(words % told, field="tags")
