"""Speed, memory and accuracy of routing's classifier and language detection.

Run alone (`python -m benchmarks.routing [--json FILE]`); needs no database. Each figure stands
beside the same work done with scikit-learn's own pipeline, in the same run.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from routing import classifier as classifiers
from routing import language
from routing.classifier import Classifier
from routing.evaluation import evaluate
from routing.training import HINT

BASE_DIR = Path(__file__).resolve().parent.parent
STARTER = BASE_DIR / "routing" / "data"
DATA = Path(os.environ.get("CROSSDESK_DATA", BASE_DIR.parent / "shared" / "data"))
N_SINGLE = 1_000

# What a process grows by, as a fresh interpreter sees it.
_MEMORY = """
import os, sys, psutil
from pathlib import Path
import django
rss = lambda: psutil.Process().memory_info().rss / 1e6
before = rss()
from routing.classifier import Classifier
from routing import language
classifier = Classifier.load(Path(sys.argv[1]))
classifier.classify(["Where is my parcel?"] * 256)
loaded = rss()
language.detect(["Where is my parcel?"])
detecting = rss()
import sklearn.feature_extraction.text, sklearn.linear_model
print(loaded - before, detecting - loaded, rss() - detecting)
"""


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def train() -> tuple[Classifier, float]:
    """The shipped classifier, and the seconds its training took."""
    posts, phrases = (
        rows_of(STARTER / "starter_posts.csv"),
        rows_of(STARTER / "starter_phrases.csv"),
    )
    rows = posts + phrases
    started = time.perf_counter()
    trained = classifiers.train(
        [row["text"] for row in rows],
        [row["department"] for row in rows],
        weights=[1.0] * len(posts) + [2.0] * len(phrases),
        groups=[row["part"] for row in posts] + [HINT] * len(phrases),
    )
    return trained, time.perf_counter() - started


def plain_pipeline(texts: Sequence[str], labels: Sequence[str]) -> Any:
    """Words and characters, TF-IDF, logistic regression: what a first attempt would be."""
    union = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True),
    )
    regression = LogisticRegression(C=3, class_weight="balanced", max_iter=100)
    return make_pipeline(union, regression).fit(list(texts), list(labels))


def micros_single(answer: Callable[[list[str]], object], texts: Sequence[str]) -> float:
    """Median microseconds for one post at a time."""
    times = []
    for text in texts[:N_SINGLE]:
        started = time.perf_counter()
        answer([text])
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1e6


def posts_a_second(answer: Callable[[list[str]], object], texts: Sequence[str]) -> float:
    """Posts a second in batches of 500, the best of three runs."""
    best = 0.0
    for _ in range(3):
        started = time.perf_counter()
        for at in range(0, len(texts), 500):
            answer(list(texts[at : at + 500]))
        best = max(best, len(texts) / (time.perf_counter() - started))
    return best


def memory(path: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=BASE_DIR,
    )
    classifier, detection, avoided = map(float, done.stdout.split())
    return {
        "memory_classifier_mb": classifier,
        "memory_language_mb": detection,
        "memory_of_sklearn_avoided_mb": avoided,
    }


def accuracy(trained: Classifier, plain: Any) -> dict[str, Any]:
    """Figures on the developers' judged posts, or a plain word when they are absent."""
    path = DATA / "posts_labelled_dev.csv"
    if not path.exists():
        return {"dev": f"absent: {path} (set CROSSDESK_DATA)"}
    rows = rows_of(path)
    texts, truth = [row["text"] for row in rows], [row["department"] for row in rows]
    ours = evaluate(truth, trained.predict_proba(texts), trained.labels)
    theirs = evaluate(truth, plain.predict_proba(texts), list(plain.classes_))
    return {"dev": ours, "dev_plain_macro_f1": theirs["macro_f1"], "dev_plain_ece": theirs["ece"]}


def language_accuracy() -> dict[str, float]:
    rows = [
        row for row in rows_of(STARTER / "starter_posts.csv") if row["lang"] in language.LANGUAGES
    ]
    found = language.detect([row["text"] for row in rows])
    pairs = [(guess, row["lang"]) for guess, row in zip(found, rows, strict=True)]
    return {
        "language_right": sum(guess == lang for guess, lang in pairs) / len(rows),
        "language_wrong": sum(guess not in ("", lang) for guess, lang in pairs) / len(rows),
    }


def measure() -> dict[str, Any]:
    """Everything, in a minute."""
    posts = rows_of(STARTER / "starter_posts.csv")
    texts = [row["text"] for row in posts]
    trained, seconds = train()
    plain = plain_pipeline(texts, [row["department"] for row in posts])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.model"
        trained.save(path)
        started = time.perf_counter()
        loaded = Classifier.load(path)
        load_seconds = time.perf_counter() - started
        megabytes = path.stat().st_size / 1e6
        grown = memory(path)
    return {
        "training_seconds": seconds,
        "file_mb": megabytes,
        "load_seconds": load_seconds,
        **grown,
        "single_us_with_reasons": micros_single(loaded.classify, texts),
        "single_us_plain_sklearn_without": micros_single(plain.predict_proba, texts),
        "batch_posts_a_second_with_reasons": posts_a_second(loaded.classify, texts),
        "batch_posts_a_second_plain_sklearn_without": posts_a_second(plain.predict_proba, texts),
        "language_posts_a_second": posts_a_second(language.detect, texts),
        **language_accuracy(),
        "starter_unseen_parts": trained.info["metrics"],
        **accuracy(trained, plain),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    result = measure()
    for name, value in result.items():
        if isinstance(value, dict):
            keys = ("accuracy", "macro_f1", "top2_accuracy", "coverage_at_95_precision", "ece")
            print(f"{name:44}", "  ".join(f"{key} {value[key]:.3f}" for key in keys))
        else:
            print(f"{name:44}", value if isinstance(value, str) else f"{value:,.3f}")
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
