"""The figures of `evaluate_router` are scikit-learn's, and right by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    precision_recall_fscore_support,
)

from routing.evaluation import coverage, evaluate

LABELS = ["hr", "marketing", "pr"]
TRUTH = ["hr", "hr", "marketing", "pr", "pr", "pr", "marketing", "hr"]
PROBABILITIES = np.array(
    [
        [0.8, 0.1, 0.1],
        [0.2, 0.7, 0.1],
        [0.1, 0.6, 0.3],
        [0.1, 0.0, 0.9],
        [0.5, 0.1, 0.4],
        [0.2, 0.1, 0.7],
        [0.3, 0.4, 0.3],
        [0.1, 0.2, 0.7],
    ]
)


def test_figures_equal_those_of_scikit_learn() -> None:
    result = evaluate(TRUTH, PROBABILITIES, LABELS)
    guesses = [LABELS[at] for at in PROBABILITIES.argmax(axis=1)]
    assert result["accuracy"] == pytest.approx(accuracy_score(TRUTH, guesses), abs=1e-4)
    assert result["macro_f1"] == pytest.approx(f1_score(TRUTH, guesses, average="macro"), abs=1e-4)
    table = confusion_matrix(TRUTH, guesses, labels=LABELS)
    assert [[result["confusion"][t][g] for g in LABELS] for t in LABELS] == table.tolist()
    scores = precision_recall_fscore_support(TRUTH, guesses, labels=LABELS)
    for name, key in enumerate(("precision", "recall", "f1")):
        mine = [result["per_department"][label][key] for label in LABELS]
        assert mine == pytest.approx(scores[name].tolist(), abs=1e-4)


def test_figures_scikit_learn_lacks_are_right_by_hand() -> None:
    result = evaluate(TRUTH, PROBABILITIES, LABELS)
    assert result["top2_accuracy"] == pytest.approx(7 / 8)
    # Surest first: .9 and .8 are right, then three of .7 of which one is right.
    assert result["coverage_at_95_precision"] == pytest.approx(2 / 8)
    # Confidence against accuracy: .9 → 1, .8 → 1, three times .7 → 1/3, .6 → 1, .5 → 0, .4 → 1.
    gaps = 0.1 + 0.2 + 3 * (0.7 - 1 / 3) + 0.4 + 0.5 + 0.6
    assert result["ece"] == pytest.approx(gaps / 8, abs=1e-4)


def test_a_department_the_model_does_not_know_counts_as_wrong() -> None:
    result = evaluate(["legal", "hr"], np.array([[0.9, 0.1], [0.9, 0.1]]), ["hr", "pr"])
    assert result["accuracy"] == 0.5
    assert result["per_department"]["legal"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert result["confusion"]["legal"]["hr"] == 1


def test_nothing_to_measure_is_no_error() -> None:
    result = evaluate([], np.zeros((0, 3)), LABELS)
    assert (result["n"], result["accuracy"], result["ece"]) == (0, 0.0, 0.0)


@given(st.lists(st.tuples(st.sampled_from([0.2, 0.5, 0.8, 0.9]), st.booleans()), min_size=1))
def test_coverage_is_the_largest_share_above_a_threshold_with_the_precision(
    posts: list[tuple[float, bool]],
) -> None:
    confidence = np.array([c for c, _ in posts])
    right = np.array([r for _, r in posts])
    best = 0.0
    for threshold in sorted(set(confidence)):
        routed = confidence >= threshold
        if right[routed].mean() >= 0.75:
            best = max(best, routed.mean())
    share, threshold = coverage(confidence, right, 0.75)
    assert share == pytest.approx(best)
    assert share == 0 or (confidence >= threshold).mean() == pytest.approx(share)
