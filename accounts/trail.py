"""The audit trail: what changed in the settings, when, and who did it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.dateparse import parse_datetime
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from pghistory.models import Event

from accounts.models import User

# Settings only: what people write to customers is not for every admin's eyes.
AUDITED = (
    "accounts.department",
    "accounts.membership",
    "accounts.user",
    "accounts.personskill",
    "accounts.slapolicy",
    "accounts.sladefault",
    "inbox.channel",
    "publishing.macro",
    "publishing.signing",
    "routing.rule",
    "routing.incident",
    "routing.authorlist",
    "routing.routersettings",
    "routing.routermodel",
)
ACTIONS: dict[str, str | Promise] = {
    "insert": gettext_lazy("created"),
    "update": gettext_lazy("changed"),
    "delete": gettext_lazy("removed"),
    "password_link": gettext_lazy("password link made"),
}
PAGE = 50
LONGEST_VALUE = 300


@dataclass(frozen=True, slots=True)
class Change:
    """One field; an empty text stands for nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail."""

    at: datetime
    by: str
    kind: str
    name: str
    action: str
    label: str
    changes: list[Change]
    where: str


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Entries, newest first; `next` is the key of the page after this one."""

    entries: list[Entry]
    next: str


def event_models() -> dict[str, type[models.Model]]:
    """The audited models' event tables by label of the model; rooms not installed are left out."""
    found = {
        tracked._meta.label_lower: model  # noqa: SLF001
        for model in apps.get_models()
        if issubclass(model, Event) and (tracked := getattr(model, "pgh_tracked_model", None))
    }
    return {label: found[label] for label in AUDITED if label in found}


def trail_page(*, kind: str = "", after: str = "", size: int = PAGE) -> TrailPage:
    """The newest entries of all audited models, or of one; `after` continues a page."""
    tables = {k: m for k, m in event_models().items() if kind in {"", k}}
    cursor = _Cursor.parse(after)
    rows: list[tuple[datetime, str, Any]] = []
    for label, table in tables.items():
        events = _with_previous(table).order_by("-pgh_created_at", "-pgh_id")
        if cursor:
            events = events.filter(cursor.later_than(label))
        rows += [(event.pgh_created_at, label, event) for event in events[: size + 1]]
    rows.sort(key=lambda row: (row[0], row[1], row[2].pgh_id), reverse=True)
    shown = rows[:size]
    more = str(_Cursor(shown[-1][0], shown[-1][1], shown[-1][2].pgh_id)) if rows[size:] else ""
    return TrailPage(_Describer([event for _at, _label, event in shown]).entries(), more)


@dataclass(frozen=True, slots=True)
class _Cursor:
    """The last line shown; several rows of one transaction share their time."""

    at: datetime
    label: str
    pk: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.label}~{self.pk}"

    @classmethod
    def parse(cls, text: str) -> _Cursor | None:
        at, _tilde, rest = text.partition("~")
        label, _tilde, pk = rest.partition("~")
        moment = _moment(at)
        return cls(moment, label, int(pk)) if moment and pk.isdecimal() else None

    def later_than(self, label: str) -> Q:
        """Rows of the model `label` that come after this one in the list."""
        older = Q(pgh_created_at__lt=self.at)
        if label < self.label:
            return Q(pgh_created_at__lte=self.at)
        if label == self.label:
            return older | Q(pgh_created_at=self.at, pgh_id__lt=self.pk)
        return older


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _with_previous(table: type[models.Model]) -> models.QuerySet[Any]:
    earlier = table._default_manager.filter(  # noqa: SLF001
        pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id")
    ).order_by("-pgh_id")
    return table._default_manager.annotate(  # noqa: SLF001
        previous_id=Subquery(earlier.values("pgh_id")[:1])
    )


class _Describer:
    """Turns event rows into sentences; related rows are looked up once for the page."""

    def __init__(self, events: list[Any]) -> None:
        self._events = events
        self._previous = self._load_previous()
        self._related = self._load_related()

    def entries(self) -> list[Entry]:
        return [self._entry(event) for event in self._events]

    def _load_previous(self) -> dict[tuple[type, int], Any]:
        wanted: dict[type[models.Model], set[int]] = defaultdict(set)
        for event in self._events:
            if event.previous_id and event.pgh_label == "update":
                wanted[type(event)].add(event.previous_id)
        return {
            (table, pk): row
            for table, pks in wanted.items()
            for pk, row in table._default_manager.in_bulk(pks).items()  # noqa: SLF001
        }

    def _load_related(self) -> dict[tuple[type, Any], str]:
        wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
        for event in [*self._events, *self._previous.values()]:
            for field in _fields(event):
                if field.remote_field and getattr(event, field.attname) is not None:
                    wanted[field.remote_field.model].add(getattr(event, field.attname))
            if user := (event.pgh_context or {}).get("user"):
                wanted[User].add(user)
        return {
            (model, pk): str(row)
            for model, pks in wanted.items()
            for pk, row in model._default_manager.in_bulk(pks).items()  # noqa: SLF001
        }

    def _entry(self, event: Any) -> Entry:
        context = event.pgh_context or {}
        user = context.get("user")
        return Entry(
            at=event.pgh_created_at,
            by=self._related.get((User, user), f"#{user}") if user else _("Crossdesk"),
            kind=str(event.pgh_tracked_model._meta.verbose_name),  # noqa: SLF001
            name=self._name(event),
            action=str(ACTIONS.get(event.pgh_label, event.pgh_label)),
            label=event.pgh_label,
            changes=self._changes(event),
            where=context.get("url") or "",
        )

    def _name(self, event: Any) -> str:
        for attribute in ("name", "title", "version", "email"):
            if value := getattr(event, attribute, ""):
                return str(value)
        parts = [self._text(event, f) for f in _fields(event) if f.remote_field]
        return " · ".join(part for part in parts if part) or f"#{event.pgh_obj_id}"

    def _changes(self, event: Any) -> list[Change]:
        if event.pgh_label not in {"insert", "update"}:
            return []
        previous = self._previous.get((type(event), event.previous_id))
        pairs = (
            Change(
                str(field.verbose_name),
                self._text(previous, field) if previous else "",
                self._text(event, field),
            )
            for field in _fields(event)
        )
        return [pair for pair in pairs if pair.before != pair.after]

    def _text(self, event: Any, field: Any) -> str:
        value = getattr(event, field.attname)
        if value is None or value == "":
            return ""
        if field.remote_field:
            return self._related.get((field.remote_field.model, value), f"#{value}")
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if field.choices:
            return str(getattr(event, f"get_{field.name}_display")())
        if field.name == "shifts":
            return _shifts(value)
        return _plain(value)[:LONGEST_VALUE]


def _shifts(value: Mapping[str, list[list[int]]]) -> str:
    """Working hours as people say them: Mon 9:00–17:00."""
    return ", ".join(
        f"{WEEKDAYS_ABBR[int(day)]} {start // 60}:{start % 60:02}–{end // 60}:{end % 60:02}"
        for day, pairs in sorted(value.items())
        for start, end in pairs
    )


def _plain(value: object) -> str:
    parts: Iterable[str]
    match value:
        case datetime():
            return date_format(localtime(value), "DATETIME_FORMAT")
        case timedelta(days=days, seconds=0):
            return ngettext("%d day", "%d days", days) % days
        case Mapping():
            parts = (f"{key}: {item}" for key, item in value.items())
        case list():
            parts = map(str, value)
        case _:
            return str(value)
    return ", ".join(parts)


def _fields(event: Any) -> list[Any]:
    """The tracked model's own fields on its event table."""
    return [
        field
        for field in event._meta.fields  # noqa: SLF001
        if not field.name.startswith("pgh_") and field.name != "id"
    ]
