"""How well the router does at everything it tells about a post. Stores nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from routing import language
from routing.classifier import Classifier
from routing.corpus import DEPARTMENT_OF, posts, urgency_sentences
from routing.evaluation import evaluate
from routing.phrasebook import words_of
from routing.services import training
from routing.services.corpus import starter_examples
from routing.urgency import RAISED, urgency_of

Row = Mapping[str, str]


def addressed(rows: Sequence[Row]) -> list[int]:
    """The places of the posts that open with a handle: somebody speaks to the page."""
    return [at for at, row in enumerate(rows) if row["text"].lstrip().startswith("@")]


def measured(classifier: Classifier, rows: Sequence[Row]) -> dict[str, Any]:
    """What `evaluate` says of `rows` (text, department), and of those addressed to a page."""
    truth = [row["department"] for row in rows]
    probabilities = classifier.predict_proba([row["text"] for row in rows])
    result = evaluate(truth, probabilities, classifier.labels)
    if among := addressed(rows):
        result["addressed"] = evaluate(
            [truth[at] for at in among], probabilities[among], classifier.labels
        )
    return result


def drawn(rows: Sequence[Row], *, draws: int, lessons: int) -> Iterator[dict[str, Any]]:
    """One result a draw: `lessons` posts are drawn and learned, the posts that are left test.

    At most half of `rows` is learned, and the other half is what tests, however few are learned.
    """
    half = len(rows) // 2
    for draw in range(draws):
        order = np.random.default_rng(draw).permutation(len(rows)).tolist()
        learned = [rows[at] for at in order[: min(lessons, half)]]
        taught = training.teach(
            [row["text"] for row in learned], [row["department"] for row in learned]
        )
        yield measured(taught, [rows[at] for at in order[half:]])


def summary(results: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation of each figure over several results."""
    keys = ("accuracy", "macro_f1", "top2_accuracy", "coverage_at_95_precision", "ece")
    figures = {key: [result[key] for result in results] for key in keys}
    figures["least_recall"] = [
        min(row["recall"] for row in result["per_department"].values()) for result in results
    ]
    among = [result["addressed"]["macro_f1"] for result in results if "addressed" in result]
    figures |= {"addressed_macro_f1": among} if among else {}
    return {
        key: {"mean": round(float(np.mean(found)), 4), "spread": round(float(np.std(found)), 4)}
        for key, found in figures.items()
    }


def sentiments(classifier: Classifier, rows: Sequence[Row]) -> dict[str, Any]:
    """Macro-F1 and recall of each tone on `rows` (text, sentiment)."""
    verdicts = classifier.classify([row["text"] for row in rows], n_reasons=0)
    return _answers([row["sentiment"] for row in rows], [v.sentiment for v in verdicts])


def topics() -> dict[str, Any]:
    """Topics of every tenth starter post, told by a classifier that did not learn from them."""
    known = starter_examples()
    tests = [example for example in known if example.is_test]
    taught = training.teach(without=frozenset(e.text for e in tests))
    verdicts = taught.classify([example.text for example in tests], n_reasons=0)
    result = _answers([example.topic for example in tests], [v.topic for v in verdicts])
    kept = [DEPARTMENT_OF.get(v.topic) == e.label for v, e in zip(verdicts, tests, strict=True)]
    return result | {"in_department": round(float(np.mean(kept)), 4)}


def languages() -> dict[str, float]:
    """Shares of the starter posts whose language was told right, told wrong, and not told."""
    rows = [row for row in posts() if len(row["lang"]) == 2]
    found = language.detect([row["text"] for row in rows])
    right = sum(one == row["lang"] for one, row in zip(found, rows, strict=True)) / len(rows)
    unsure = found.count("") / len(rows)
    shares = {"right": right, "wrong": 1 - right - unsure, "unsure": unsure}
    return {"n": len(rows)} | {name: round(share, 4) for name, share in shares.items()}


def urgencies() -> dict[str, Any]:
    """Levels of our own cue sentences, and how many of the urgent ones were raised."""
    rows = urgency_sentences()
    found = [urgency_of(words_of(row["text"]))[0] for row in rows]
    truth = [int(row["level"]) for row in rows]
    pairs = list(zip(truth, found, strict=True))
    raised = [guess >= RAISED for level, guess in pairs if level >= RAISED]
    calm = [guess >= RAISED for level, guess in pairs if level < RAISED]
    return {
        "n": len(rows),
        "accuracy": round(sum(a == b for a, b in pairs) / len(rows), 4),
        "urgent_raised": round(sum(raised) / len(raised), 4),
        "calm_raised": round(sum(calm) / len(calm), 4),
        "missed": [row["text"] for row, (a, b) in zip(rows, pairs, strict=True) if a != b],
    }


def _answers(truth: Sequence[str], guesses: Sequence[str]) -> dict[str, Any]:
    """Accuracy, macro-F1 and recall of answers to any question."""
    names = sorted(set(truth))
    hits = {
        name: sum(t == g == name for t, g in zip(truth, guesses, strict=True)) for name in names
    }
    times = {name: truth.count(name) + list(guesses).count(name) for name in names}
    return {
        "n": len(truth),
        "accuracy": round(sum(hits.values()) / len(truth), 4),
        "macro_f1": round(float(np.mean([2 * hits[n] / times[n] for n in names])), 4),
        "recall": {name: round(hits[name] / list(truth).count(name), 4) for name in names},
    }
