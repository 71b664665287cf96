"""Decisions: rules in order, then the classifier, else triage."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from routing import queries, spam, urgency
from routing.classifier import Verdict
from routing.effects import LOWEST_PRIORITY, Effects
from routing.encoder import EncoderError
from routing.facts import Facts, cleaned
from routing.matching import Subject
from routing.models import Alarm, Decision
from routing.queries import ReadyRule, Snapshot
from routing.services.alarms import raise_alarm
from routing.services.learning import forget_lessons

logger = logging.getLogger(__name__)

# What this module watches; other alarms of routing are raised and cleared elsewhere.
FAILURE, CLASSIFIER, MODEL, ENCODER, RULE = (
    "routing.failure",
    "routing.classifier",
    "routing.model",
    "routing.encoder",
    "routing.rule.",
)
WATCHED = Q(key__in=[FAILURE, CLASSIFIER, MODEL, ENCODER]) | Q(key__startswith=RULE)

Trouble = dict[str, str]  # Alarm key → what is wrong.

# The state of which the database knows that nothing is wrong with it, so that a healthy batch
# asks nothing about alarms.
_healthy: Snapshot | None = None


def decide(facts: Facts) -> Decision:
    """Decide where one post goes, and save the decision. Raises only what saving raises."""
    (decision,) = decide_batch([facts])
    decision.save(force_insert=True)
    return decision


def decide_batch(facts: Sequence[Facts]) -> list[Decision]:
    """Return an unsaved decision for each post, with one call of the classifier.

    Never raises: whatever breaks, the posts go to triage and an alarm says what broke.
    """
    if not facts:
        return []
    try:
        known = queries.snapshot()
        trouble = dict(known.problems)
        decisions = _decide_all(known, facts, trouble)
        _report(known, trouble)
    except Exception as error:
        logger.exception("Routing failed; %d posts go to triage.", len(facts))
        with suppress(Exception):
            raise_alarm(FAILURE, f"Routing failed: {type(error).__name__}: {error}")
        return [_triage(fact) for fact in facts]
    return decisions


@transaction.atomic
def forget(*, decision_ids: Iterable[int]) -> int:
    """Remove people's words and names from decisions, keep what was decided; return how many.

    The lessons about these decisions lose their words too.
    """
    ids = list(decision_ids)
    forget_lessons(decision_ids=ids)
    # A vector says what was said, if not in which words.
    said = {"facts": {}, "reasons": [], "fired": [], "spam": "", "vector": b""}
    return Decision.objects.filter(pk__in=ids).update(**said, urgency_cues=[])


def _decide_all(known: Snapshot, facts: Sequence[Facts], trouble: Trouble) -> list[Decision]:
    verdicts = _classify(known, [fact.text for fact in facts], trouble)
    effects = _effects(known, facts, verdicts, trouble)
    decisions = []
    for fact, verdict, is_repeat, effect in zip(
        facts, verdicts, _repeats(facts), effects, strict=True
    ):
        decision = _from_verdict(known, fact, verdict) if verdict else _triage(fact)
        if is_repeat or decision.spam:
            _park(decision)
        effect.write_into(decision)
        if met := known.incidents_of(fact, verdict):
            decision.effects = {**decision.effects, "incident": met[0].pk}
        if decision.priority is None:
            decision.priority = _own_priority(decision)
        _ask_runner_up(known, decision)
        decisions.append(decision)
    return decisions


def _repeats(facts: Sequence[Facts]) -> list[bool]:
    if len(facts) < spam.REPEATS:
        return [False] * len(facts)
    return spam.repeated([(fact.author_handle, fact.text) for fact in facts])


def _park(decision: Decision) -> None:
    """Let what looks like spam wait for people: nothing is ever thrown away."""
    decision.spam = decision.spam or "the same words again and again from one author"
    decision.department = None
    decision.method = Decision.Method.TRIAGE


def _own_priority(decision: Decision) -> int | None:
    if decision.spam and decision.method == Decision.Method.TRIAGE:
        return LOWEST_PRIORITY
    # Urgencies and priorities have the same four levels.
    return decision.urgency if decision.urgency >= urgency.RAISED else None


def _ask_runner_up(known: Snapshot, decision: Decision) -> None:
    """Have the second likeliest department asked, too, when it was close."""
    if decision.method != Decision.Method.CLASSIFIER or decision.consult:
        return
    second = decision.probabilities.get(decision.runner_up, 0.0)
    is_close = decision.confidence - second <= known.consult_margin
    if known.consult_margin and is_close and decision.runner_up in known.departments:
        decision.consult = decision.runner_up
        decision.effects = {**decision.effects, "is_close": True}


def _classify(known: Snapshot, texts: list[str], trouble: Trouble) -> Sequence[Verdict | None]:
    if known.classifier is None:
        return [None] * len(texts)
    try:
        return known.classifier.classify(texts)
    except EncoderError as error:
        logger.exception("The encoder failed.")
        trouble[ENCODER] = f"The encoder failed, words alone decide: {error}"
        return known.classifier.light().classify(texts)
    except Exception as error:  # whatever is wrong with a model, it means triage
        logger.exception("The classifier failed.")
        trouble[CLASSIFIER] = f"The classifier failed: {type(error).__name__}: {error}"
        return [None] * len(texts)


def _effects(
    known: Snapshot, facts: Sequence[Facts], verdicts: Sequence[Verdict | None], trouble: Trouble
) -> list[Effects]:
    """What the rules of today make of each post."""
    rules = known.rules_on(timezone.localdate(timezone=known.zone))
    if not rules:
        return [Effects() for _ in facts]
    subjects = [known.subject_of(*post) for post in zip(facts, verdicts, strict=True)]
    pairs = zip(rules.worth_trying(subjects), subjects, strict=True)
    return [_apply_rules(tried, subject, trouble) for tried, subject in pairs]


def _apply_rules(rules: list[ReadyRule], subject: Subject, trouble: Trouble) -> Effects:
    """Hold `subject` against the rules until one says stop; one that fails stops nothing."""
    effects = Effects()
    for ready in rules:
        try:
            found = ready.conditions.match(subject)
        except Exception as error:
            logger.exception("The rule %s failed.", ready.rule.pk)
            trouble[f"{RULE}{ready.rule.pk}"] = f"The rule “{ready.rule.name}” failed: {error}"
            continue
        if found is not None:
            effects.add(ready.rule, found)
            if not ready.rule.goes_on:
                break
    return effects


def _from_verdict(known: Snapshot, fact: Facts, verdict: Verdict) -> Decision:
    department = known.departments.get(verdict.label)
    is_sure = department is not None and verdict.confidence >= known.threshold
    decision = Decision(
        department_id=department.pk if department and is_sure else None,
        method=Decision.Method.CLASSIFIER if is_sure else Decision.Method.TRIAGE,
        confidence=verdict.confidence,
        probabilities=verdict.probabilities,
        runner_up=verdict.runner_up,
        model_version=known.model_version,
        reasons=[{"word": word, "weight": weight} for word, weight in verdict.reasons],
        facts=fact.stored(),
        topic=verdict.topic,
        topic_confidence=verdict.topic_confidence,
        sentiment=verdict.sentiment,
        urgency=verdict.urgency,
        urgency_cues=list(verdict.urgency_cues),
        spam=cleaned(verdict.spam),
        vector=verdict.vector,
    )
    if is_sure:
        # Assigning the object would cost as much as the rest of this function, for every post.
        Decision.department.field.set_cached_value(decision, department)
    return decision


def _triage(fact: Facts) -> Decision:
    return Decision(method=Decision.Method.TRIAGE, facts=fact.stored())


def _report(known: Snapshot, trouble: Trouble) -> None:
    """Make the standing alarms say exactly what is wrong now."""
    if known is _healthy and not trouble:
        return
    for key, message in trouble.items():
        is_rule = key.startswith(RULE)
        severity = Alarm.Severity.WARNING if is_rule else Alarm.Severity.CRITICAL
        raise_alarm(key, message, severity)
    over = Alarm.objects.filter(WATCHED, cleared_at=None).exclude(key__in=trouble)
    over.update(cleared_at=timezone.now())
    # Only once it is committed: a batch rolled back takes its alarms along.
    transaction.on_commit(lambda: _remember(None if trouble else known))


def _remember(healthy: Snapshot | None) -> None:
    global _healthy  # noqa: PLW0603
    _healthy = healthy
