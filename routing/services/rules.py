"""Making, changing, ordering and removing rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Department, User
from routing.matching import fold_handle
from routing.models import Rule
from routing.text import fold

MAX_ENTRIES = 500  # For each group: a rule is held against every post.
MAX_PRIORITY = 3
FIELDS = (*Rule.GROUPS, "name", "is_active", "department", "priority")
_LONGEST = {"phrases": 200, "words": 80, "networks": 30, "handles": 200, "languages": 8}
_LANGUAGE = re.compile(r"[a-z]{2}")
_LOCK = 7_316_001  # Any number no other advisory lock uses.


@transaction.atomic
def create_rule(*, by: User | None, **values: Any) -> Rule:
    """Add a rule at the end of the list, from the fields of `Rule` that people fill in.

    Raises `ValidationError` naming each wrong field.
    """
    _lock_list()
    last = Rule.objects.order_by("-position").values_list("position", flat=True).first()
    rule = Rule(position=(last or 0) + 1, created_by=by, updated_by=by)
    _fill(rule, values)
    rule.save(force_insert=True)
    return rule


@transaction.atomic
def update_rule(*, rule: Rule, by: User | None, **values: Any) -> Rule:
    """Change some fields of `rule`; every change is a new version. Unchanged values are none.

    Raises `ValidationError` naming each wrong field.
    """
    locked = Rule.objects.select_for_update().get(pk=rule.pk)
    before = {name: getattr(locked, name) for name in FIELDS}
    _fill(locked, values)
    if before != {name: getattr(locked, name) for name in FIELDS}:
        locked.version += 1
        locked.updated_by = by
        locked.save()
    return locked


@transaction.atomic
def delete_rule(*, rule: Rule) -> None:
    """Remove `rule`; the decisions it made keep their version and reasons."""
    _lock_list()
    Rule.objects.filter(pk=rule.pk).delete()


@transaction.atomic
def reorder_rules(*, ids: Sequence[int], by: User | None) -> list[Rule]:
    """Put all rules into the order of `ids`, first match first.

    Raises `ValidationError` on `ids` when they are not exactly the existing rules: someone else
    has added or removed one meanwhile.
    """
    _lock_list()
    rules = {rule.pk: rule for rule in Rule.objects.select_for_update()}
    if len(ids) != len(rules) or set(ids) != set(rules):
        raise ValidationError({"ids": _("The list of rules has changed. Look at it again.")})
    for position, pk in enumerate(ids, 1):
        if rules[pk].position != position:
            rules[pk].position = position
            rules[pk].updated_by = by
            rules[pk].save(update_fields=["position", "updated_by", "updated_at"])
    return [rules[pk] for pk in ids]


def _lock_list() -> None:
    """Let one change of the list happen at a time, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _fill(rule: Rule, values: dict[str, Any]) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise TypeError(f"A rule has no field {', '.join(sorted(unknown))}.")
    faults: dict[str, list[str]] = {}
    for name, value in values.items():
        try:
            setattr(rule, name, _cleaned(name, value))
        except ValidationError as error:
            faults[name] = error.messages
    if not faults and not any(rule.groups().values()):
        faults["phrases"] = [_("A rule needs at least one condition, or it would take every post.")]
    if not faults and not rule.name:
        faults["name"] = [_("Give the rule a name.")]
    if faults:
        raise ValidationError(faults)


def _cleaned(name: str, value: Any) -> Any:
    if name in Rule.GROUPS:
        return _entries(name, value)
    if name == "name":
        return _name(value)
    if name == "department":
        return _department(value)
    if name == "priority":
        return _priority(value)
    return bool(value)


def _name(value: Any) -> str:
    name = " ".join(str(value or "").split())
    if not name:
        raise ValidationError(_("Give the rule a name."))
    if len(name) > 120:
        raise ValidationError(_("A name has at most 120 characters."))
    return name


def _department(value: Department | None) -> Department | None:
    if value is not None and not value.is_active:
        raise ValidationError(_("This department is closed."))
    return value


def _priority(value: int | None) -> int | None:
    if value is not None and not 0 <= int(value) <= MAX_PRIORITY:
        raise ValidationError(_("A priority is 0 (low) to 3 (urgent)."))
    return value


def _entries(name: str, values: Sequence[Any]) -> list[Any]:
    """The entries of a group, trimmed and without repetitions."""
    if isinstance(values, str) or not all(
        isinstance(v, int if name == "channel_ids" else str) for v in values
    ):
        raise ValidationError(_("Give a list of entries."))
    if len(values) > MAX_ENTRIES:
        raise ValidationError(_("A rule has at most 500 entries in a group."))
    entries = list(dict.fromkeys(v if isinstance(v, int) else v.strip() for v in values))
    for entry in entries:
        _check_entry(name, entry)
    return entries


def _check_entry(name: str, entry: str | int) -> None:
    if isinstance(entry, int):
        return
    longest = _LONGEST[name]
    if not (fold_handle(entry) if name == "handles" else fold(entry)):
        raise ValidationError(_("An entry is empty, or holds nothing a reader can see."))
    if len(entry) > longest:
        raise ValidationError(
            _("“%(entry)s…” is too long: at most %(longest)d characters.")
            % {"entry": entry[:20], "longest": longest}
        )
    if name == "languages" and not _LANGUAGE.fullmatch(entry):
        raise ValidationError(
            _("“%(entry)s” is no language code: two small letters, such as en.") % {"entry": entry}
        )
