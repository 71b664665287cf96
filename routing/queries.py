"""What routing needs to know to decide: rules, settings, departments, classifier.

Kept in the process, and read anew as soon as a row behind it changes: one small query a batch
asks the database for the fingerprint of these rows.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import connection

from accounts import sla
from accounts.models import Department
from routing import encoder as encoders
from routing.classifier import Classifier, ModelError, Verdict
from routing.conditions import ConditionsError, Group, Lit, explain, needles_of, parse
from routing.encoder import Encoder, EncoderError
from routing.facts import Facts
from routing.incidents import ReadyIncident
from routing.matching import NOBODY, Subject, fold_handle
from routing.models import AuthorList, Decision, Incident, RouterModel, RouterSettings, Rule
from routing.patterns import AnyOf, any_of
from routing.text import fold

# A change of a row changes its xmin (the transaction) and ctid (the place), by whichever way it was
# made; version columns would miss raw and bulk writes, and newest-id columns commits out of order.
_FINGERPRINT = """
SELECT coalesce((SELECT string_agg(id || '/' || xmin || ctid, ',' ORDER BY id)
                   FROM routing_rule WHERE is_active), '') || ';' ||
       coalesce((SELECT string_agg(id || '/' || xmin || ctid, ',' ORDER BY id)
                   FROM routing_authorlist), '') || ';' ||
       coalesce((SELECT string_agg(id || '/' || xmin || ctid, ',' ORDER BY id)
                   FROM accounts_department), '') || ';' ||
       coalesce((SELECT string_agg(id || '/' || xmin || ctid, ',' ORDER BY id)
                   FROM accounts_slapolicy), '') || ';' ||
       coalesce((SELECT string_agg(id || '/' || xmin || ctid, ',' ORDER BY id)
                   FROM accounts_sladefault), '') || ';' ||
       coalesce((SELECT string_agg(id || '/' || xmin || ctid, ',' ORDER BY id)
                   FROM routing_incident WHERE closed_at IS NULL), '') || ';' ||
       coalesce((SELECT xmin || '/' || ctid FROM routing_routersettings WHERE id = 1), '') || ';' ||
       coalesce((SELECT id || '/' || xmin || ctid FROM routing_routermodel WHERE is_active), '')
"""


# What deciding asks of a rule's relatives.
NAMED_BY_RULES = ("consult", "notify_department", "approval_by", "skill", "sla_policy")

# When the files were written and how big they are; None for one that is not there.
FileStamp = tuple[tuple[int, int] | None, ...] | None


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A rule made ready to match."""

    rule: Rule
    conditions: Group
    asks_for_words: bool = False  # It cannot match a post without any of `Snapshot.needles`.


@dataclass(frozen=True, slots=True)
class RulesOfDay:
    """The rules in force; most posts have no word of any rule, and need only the wordless ones."""

    rules: list[ReadyRule]
    wordless: list[ReadyRule]
    needles: AnyOf | None

    def __bool__(self) -> bool:
        return bool(self.rules)

    def worth_trying(self, subjects: Sequence[Subject]) -> list[list[ReadyRule]]:
        """For each of `subjects` the rules that can match it, and perhaps others, in order."""
        if self.needles is None:
            return [self.rules] * len(subjects)
        held = self.needles.may_be_in([subject.text for subject in subjects])
        return [self.rules if has_words else self.wordless for has_words in held]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a decision depends on, at one moment."""

    fingerprint: str
    rules: list[ReadyRule]
    departments: dict[str, Department]  # The active ones, by label.
    threshold: float
    classifier: Classifier | None
    model_version: str = ""
    model_file: str = ""
    file_stamp: FileStamp = None
    problems: dict[str, str] = field(default_factory=dict)  # Alarm key → what is wrong.
    author_lists: dict[str, frozenset[str]] = field(default_factory=dict)  # Of a folded handle.
    zone: tzinfo = UTC
    promises: sla.Promises = field(default_factory=sla.Promises)
    incidents: list[ReadyIncident] = field(default_factory=list)  # The open ones, newest first.

    needles: AnyOf | None = None
    consult_margin: float = 0.0

    def rules_on(self, day: date) -> RulesOfDay:
        """The rules in force on a day, in order."""
        rules = [ready for ready in self.rules if is_in_force(ready.rule, day)]
        return RulesOfDay(rules, [r for r in rules if not r.asks_for_words], self.needles)

    def subject_of(self, facts: Facts, verdict: Verdict | None) -> Subject:
        """A post ready to be held against the rules."""
        lists = NOBODY
        if self.author_lists:
            lists = self.author_lists.get(fold_handle(facts.author_handle), NOBODY)
        met = [incident.slug for incident in self.incidents_of(facts, verdict)]
        return Subject.of(facts, verdict=verdict, lists=lists, incidents=met, zone=self.zone)

    def incidents_of(self, facts: Facts, verdict: Verdict | None) -> list[ReadyIncident]:
        """The open incidents that a post belongs to, newest first."""
        if not self.incidents:
            return []
        text, vector = fold(facts.text), verdict.vector if verdict else b""
        channel, language = facts.channel_id, facts.language
        return [
            incident
            for incident in self.incidents
            if incident.fits(text, channel_id=channel, language=language, vector=vector)
        ]

    @property
    def is_whole(self) -> bool:
        """Whether the classifier has everything it learned with."""
        made = self.classifier
        return made is not None and bool(made.encoder) == bool(made.weights.encoder)


_current: Snapshot | None = None
_loading = threading.Lock()


def snapshot() -> Snapshot:
    """Return what routing knows now: one query, and more only after a change."""
    global _current  # noqa: PLW0603
    with connection.cursor() as cursor:
        cursor.execute(_FINGERPRINT)
        fingerprint: str = cursor.fetchone()[0]
    current = _current
    if current is None or not _is_fresh(current, fingerprint):
        with _loading:
            current = _current = _load(fingerprint, previous=_current)
    return current


def latest() -> Snapshot:
    """What the newest decision of this process was based on: no query once there is one."""
    return _current or snapshot()


def with_rules(known: Snapshot, rules: Iterable[Rule]) -> Snapshot:
    """What routing would know with these rules, in this order, in place of its own."""
    problems: dict[str, str] = {}
    active = {department.pk: department for department in known.departments.values()}
    ready = _ready_rules([rule for rule in rules if rule.is_active], active, problems)
    return replace(known, rules=ready, needles=_needles(ready), problems=problems)


def model_path(file_name: str) -> Path:
    """Where a model file of this name lies on this machine."""
    return Path(settings.MODEL_DIR) / Path(file_name).name


def hold(tree: Group, facts: Facts) -> Lit:
    """Hold every condition of `tree` against one post, as it would be held if it came in now."""
    known = snapshot()
    verdict = known.classifier.classify([facts.text])[0] if known.classifier else None
    return explain(tree, known.subject_of(facts, verdict))


def is_in_force(rule: Rule, day: date) -> bool:
    """Whether `day` is among those `rule` is for; both of its dates are."""
    return not (
        (rule.starts_on is not None and day < rule.starts_on)
        or (rule.ends_on is not None and day > rule.ends_on)
    )


def load_author_lists() -> dict[str, frozenset[str]]:
    """The labels of the lists that each folded handle is on."""
    found: dict[str, set[str]] = {}
    for slug, handles in AuthorList.objects.values_list("slug", "handles"):
        for handle in handles:
            found.setdefault(fold_handle(handle), set()).add(slug.lower())
    return {handle: frozenset(slugs) for handle, slugs in found.items() if handle}


def load_incidents() -> list[ReadyIncident]:
    """The open incidents, newest first, with the vectors of their examples."""
    incidents = list(Incident.objects.filter(closed_at=None))
    keys = {key for incident in incidents for key in incident.examples}
    vectors = dict(Decision.objects.filter(pk__in=keys).values_list("pk", "vector")) if keys else {}
    return [
        ReadyIncident.of(one, [bytes(vectors[key]) for key in one.examples if key in vectors])
        for one in incidents
    ]


def zone_of(settings_row: RouterSettings) -> ZoneInfo:
    """The organisation's time zone; a name this machine does not know means UTC."""
    try:
        return ZoneInfo(settings_row.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def load_classifier(model: RouterModel) -> Classifier:
    """Read the file of `model`. Raises `ModelError`."""
    return Classifier.load(model_path(model.file_name), sha256=model.sha256)


def whole_classifier(model: RouterModel) -> Classifier:
    """The classifier of `model` with its encoder.

    Raises `ModelError`, `EncoderError` or `ValueError`.
    """
    return _with_encoder(load_classifier(model), None)


def classifier_in_charge() -> Classifier | None:
    """As `whole_classifier`, of the model in charge."""
    model = RouterModel.objects.filter(is_active=True).first()
    return whole_classifier(model) if model else None


def encoder_folder() -> Path | None:
    """Where the encoder lies, or None when there shall be none."""
    named = str(settings.ROUTING_ENCODER)
    return None if named == "none" else Path(named)


def load_encoder(*, threads: int = 1) -> Encoder | None:
    """Read the encoder; None when there shall be none. Raises `EncoderError`."""
    folder = encoder_folder()
    return Encoder.load(folder, threads=threads) if folder else None


def encoder_fingerprint() -> str:
    """What tells the encoder from others; nothing when there is none."""
    folder = encoder_folder()
    try:
        return encoders.fingerprint_of(folder) if folder else ""
    except OSError:
        return ""


def _is_fresh(current: Snapshot, fingerprint: str) -> bool:
    if current.fingerprint != fingerprint:
        return False
    if current.is_whole or not current.model_file:
        return True
    # A file that could not be used may have been repaired without a change in the database.
    return current.file_stamp == _stamps_of(current.model_file)


def _load(fingerprint: str, *, previous: Snapshot | None) -> Snapshot:
    departments = list(Department.objects.all())
    active = {department.slug: department for department in departments if department.is_active}
    problems: dict[str, str] = {}
    in_use = Rule.objects.filter(is_active=True).select_related(*NAMED_BY_RULES)
    rules = _ready_rules(in_use, {d.pk: d for d in active.values()}, problems)
    model = RouterModel.objects.filter(is_active=True).first()
    version = model.version if model else ""
    file_stamp = _stamps_of(model.file_name) if model else None
    classifier = None
    if previous and previous.is_whole and previous.model_version == version:
        classifier = previous.classifier
    elif model is None:
        problems["routing.model"] = "No classifier has been trained: run train_router."
    else:
        try:
            classifier = load_classifier(model)
            classifier = _with_encoder(classifier, previous)
        except ModelError as error:
            problems["routing.model"] = str(error)
        except (EncoderError, ValueError) as error:
            problems["routing.encoder"] = f"Words alone decide, less surely. {error}"
    settings_row = RouterSettings.objects.filter(pk=1).first() or RouterSettings()
    return Snapshot(
        fingerprint=fingerprint,
        rules=rules,
        departments=active,
        threshold=settings_row.threshold,
        consult_margin=settings_row.consult_margin,
        classifier=classifier,
        model_version=version,
        model_file=model.file_name if model else "",
        file_stamp=file_stamp,
        problems=problems,
        author_lists=load_author_lists(),
        needles=_needles(rules),
        zone=zone_of(settings_row),
        promises=sla.load(),
        incidents=load_incidents(),
    )


def _with_encoder(classifier: Classifier, previous: Snapshot | None) -> Classifier:
    """Raises `EncoderError`, or `ValueError` when it is not the one the model learned with."""
    if not classifier.weights.encoder:
        return classifier
    standing = previous.classifier.encoder if previous and previous.classifier else None
    if standing is None or standing.fingerprint != classifier.weights.encoder:
        standing = load_encoder()
    return classifier.with_encoder(standing) if standing else classifier


def _ready_rules(
    rules: Iterable[Rule], active: dict[int, Department], problems: dict[str, str]
) -> list[ReadyRule]:
    """The rules in order; one that cannot be used is left out and becomes a problem."""
    ready = []
    for rule in rules:
        key = f"routing.rule.{rule.pk}"
        if rule.department_id is not None and rule.department_id not in active:
            problems[key] = f"The rule “{rule.name}” sends to a department that is closed."
            continue
        try:
            conditions = parse(rule.conditions)
        except ConditionsError as error:
            problems[key] = f"The rule “{rule.name}” cannot be used: {error}"
            continue
        if rule.department_id is not None:
            rule.department = active[rule.department_id]
        if rule.consult_id not in active:
            rule.consult = None
        if rule.notify_department_id not in active:
            rule.notify_department = None
        if rule.approval_by_id is not None and rule.approval_by_id not in active:
            problems[key] = f"The rule “{rule.name}” asks a closed department to approve replies."
        if rule.sla_policy is not None and not rule.sla_policy.is_active:
            rule.sla_policy = None
        asks_for_words = needles_of(conditions) is not None
        ready.append(ReadyRule(rule, conditions, asks_for_words))
    return ready


def _needles(rules: list[ReadyRule]) -> AnyOf | None:
    """Every text that some rule cannot do without; None when no rule asks for any."""
    found = frozenset().union(*(needles_of(ready.conditions) or () for ready in rules))
    return any_of(found) if found else None


def _stamps_of(file_name: str) -> FileStamp:
    folder = encoder_folder()
    files = [model_path(file_name)]
    files += [folder / name for name in (encoders.MODEL, encoders.TOKENIZER)] if folder else []
    return tuple(_stamp_of(path) for path in files)


def _stamp_of(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
