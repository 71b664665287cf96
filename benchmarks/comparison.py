"""Ways to tell departments apart, on the same texts in one run: how right, how quick.

All learn from the starter corpus and are asked about the developers' judged posts, which none of
them saw. Run alone: `python -m benchmarks.comparison [--curve FILE]`.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from benchmarks import pictures
from benchmarks.figures import Figure
from routing import classifier as classifiers
from routing import corpus, encoder_build
from routing.classifier import Classifier
from routing.corpus import LESSON_WEIGHT, LESSONS, Corpus
from routing.encoder import MODEL, TOKENIZER, Encoder, pack
from routing.evaluation import evaluate

BASE_DIR = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("CROSSDESK_DATA", BASE_DIR.parent / "shared" / "data"))
JUDGED = DATA / "posts_labelled_dev.csv"
LESSON_COUNTS = (0, 25, 50, 100, 200, 260)
DRAWS = 3

Answer = Callable[[Sequence[str]], Any]


@dataclass(frozen=True)
class Way:
    """One way, ready to answer: rows of probabilities in the order of `labels`."""

    name: str
    labels: list[str]
    answer: Answer
    seconds: float  # What its training took.


def judged() -> list[dict[str, str]]:
    """The judged posts, or nothing where the sample data is absent."""
    if not JUDGED.exists():
        return []
    with JUDGED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ways() -> Iterator[Way]:
    """Every way that can be tried here."""
    starter = corpus.starter()
    posts = [at for at, label in enumerate(starter.labels) if label]
    texts = [starter.texts[at] for at in posts]
    labels = [starter.labels[at] for at in posts]
    plain = LogisticRegression(C=3, class_weight="balanced", max_iter=200)
    yield _sklearn("words + characters TF-IDF, regression", plain, texts, labels)
    machine = CalibratedClassifierCV(LinearSVC(class_weight="balanced"), cv=3)
    yield _sklearn("the same, linear SVM + calibration", machine, texts, labels)
    yield _sklearn("the same, complement naive Bayes", ComplementNB(), texts, labels)
    if (way := _fasttext(texts, labels)) is not None:
        yield way
    with tempfile.TemporaryDirectory() as folder:
        yield from _ours(starter, Path(folder))


def _sklearn(name: str, estimator: Any, texts: Sequence[str], labels: Sequence[str]) -> Way:
    union = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True),
    )
    pipeline = make_pipeline(union, estimator)
    started = time.perf_counter()
    pipeline.fit(texts, labels)
    seconds = time.perf_counter() - started
    return Way(name, list(pipeline.classes_), pipeline.predict_proba, seconds)


def _fasttext(texts: Sequence[str], labels: Sequence[str]) -> Way | None:
    """fastText, where a package is installed that can train it (`pip install fasttext-wheel`)."""
    module = importlib.import_module("fasttext")
    if not hasattr(module, "train_supervised"):
        print("fastText: the installed package cannot train; skipped.")
        return None
    names = sorted(set(labels))
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        for text, label in zip(texts, labels, strict=True):
            file.write(f"__label__{label} {' '.join(text.lower().split())}\n")
        file.flush()
        started = time.perf_counter()
        model = module.train_supervised(
            file.name, epoch=25, lr=0.5, wordNgrams=2, minn=3, maxn=5, dim=50, thread=1, verbose=0
        )
        seconds = time.perf_counter() - started

    def answer(posts: Sequence[str]) -> Any:
        rows = []
        for post in posts:
            # Past the wrapper, which an old numpy is needed for.
            found = model.f.predict(" ".join(post.lower().split()) + "\n", len(names), 0.0, "")
            named = {name: share for share, name in found}
            rows.append([named.get(f"__label__{name}", 0.0) for name in names])
        return np.array(rows)

    return Way("fastText (pairs, characters 3 to 5)", names, answer, seconds)


def _ours(starter: Corpus, folder: Path) -> Iterator[Way]:
    exact, small = folder / "exact", folder / "small"
    weights, tokenizer = encoder_build.published()
    exact.mkdir()
    graph = encoder_build.graph(encoder_build.tensors(weights))
    (exact / MODEL).write_bytes(graph.SerializeToString())
    (exact / TOKENIZER).write_bytes(tokenizer)
    encoder_build.build(small)
    shipped, seconds = _taught(starter, Encoder.load(small))
    labels = shipped.labels
    yield Way(
        "light view (shipped, without encoder)", labels, shipped.light().predict_proba, seconds
    )
    yield Way("encoder alone, int8", labels, _alone(shipped).predict_proba, seconds)
    yield Way("both views for every post, int8", labels, _always(shipped).predict_proba, seconds)
    yield Way("cascade, int8 (shipped)", labels, shipped.predict_proba, seconds)
    floating, seconds = _taught(starter, Encoder.load(exact))
    yield Way("encoder alone, float", labels, _alone(floating).predict_proba, seconds)
    yield Way("cascade, float", labels, floating.predict_proba, seconds)


def _taught(
    starter: Corpus,
    encoder: Encoder,
    lessons: Sequence[dict[str, str]] = (),
    vectors: Sequence[bytes] | None = None,
) -> tuple[Classifier, float]:
    started = time.perf_counter()
    taught = classifiers.train(
        [*starter.texts, *(row["text"] for row in lessons)],
        [*starter.labels, *(row["department"] for row in lessons)],
        weights=starter.weights + [LESSON_WEIGHT] * len(lessons),
        groups=starter.groups + [LESSONS] * len(lessons),
        vectors=vectors,
        encoder=encoder,
    )
    return taught, time.perf_counter() - started


def _always(shipped: Classifier) -> Classifier:
    weights = replace(shipped.weights, enough=1.1)
    return Classifier(weights=weights, encoder=shipped.encoder)


def _alone(shipped: Classifier) -> Classifier:
    head = shipped.weights.department
    alone = replace(head, shares=(0.0, head.shares[1] * 1.5))
    weights = replace(shipped.weights, department=alone, enough=1.1)
    return Classifier(weights=weights, encoder=shipped.encoder)


def posts_a_second(answer: Answer, texts: Sequence[str]) -> float:
    """Posts a second on one core in batches of 250, the better of two runs."""
    best = 0.0
    for _ in range(2):
        started = time.process_time()
        for at in range(0, len(texts), 250):
            answer(list(texts[at : at + 250]))
        best = max(best, len(texts) / (time.process_time() - started))
    return best


def table() -> Iterator[dict[str, Any]]:
    """A line for each way: what `evaluate` says, and its speed."""
    rows = judged()
    texts, truth = [row["text"] for row in rows], [row["department"] for row in rows]
    for way in ways():
        result = evaluate(truth, way.answer(texts), way.labels) if rows else {}
        speed = posts_a_second(way.answer, (texts or corpus.starter().texts)[:500])
        yield {"name": way.name, "speed": speed, "training": way.seconds, **result}


def learning_curve() -> dict[str, list[tuple[float, float]]]:
    """Macro-F1 and coverage on half the judged posts by lessons drawn from the other half."""
    rows, starter = judged(), corpus.starter()
    figures: dict[str, dict[int, list[float]]] = {"macro-F1": {}, "routed at 95 % precision": {}}
    with tempfile.TemporaryDirectory() as folder:
        encoder_build.build(Path(folder) / "encoder")
        encoder = Encoder.load(Path(folder) / "encoder", threads=os.cpu_count() or 1)
        known = [pack(row) for row in encoder.encode(starter.texts)]
        for draw in range(DRAWS):
            order = np.random.default_rng(draw).permutation(len(rows))
            tested = [rows[at] for at in order[len(rows) // 2 :]]
            for count in LESSON_COUNTS:
                lessons = [rows[at] for at in order[:count]]
                vectors = known + [b""] * len(lessons)
                taught, _ = _taught(starter, encoder, lessons, vectors)
                found = taught.predict_proba([row["text"] for row in tested])
                result = evaluate([row["department"] for row in tested], found, taught.labels)
                keys = ("macro_f1", "coverage_at_95_precision")
                for name, key in zip(figures, keys, strict=True):
                    figures[name].setdefault(count, []).append(result[key])
    return {
        name: [(count, float(np.mean(values))) for count, values in by_count.items()]
        for name, by_count in figures.items()
    }


def measure() -> Iterator[Figure]:
    """Macro-F1 (where the sample data is) and speed of each way."""
    for line in table():
        if "macro_f1" in line:
            yield Figure(f"{line['name']}: macro-F1", line["macro_f1"], "")
        yield Figure(f"{line['name']}", line["speed"], "posts/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curve", type=Path, help="draw the learning curve into this SVG file")
    options = parser.parse_args()
    if options.curve:
        curves = learning_curve()
        options.curve.write_text(pictures.lines(curves, x="lessons", y="share"))
        for name, points in curves.items():
            print(name, *(f"{count:g}: {value:.3f}" for count, value in points))
        return
    keys = ("macro_f1", "top2_accuracy", "coverage_at_95_precision", "ece")
    print("| | macro-F1 | top 2 | routed at 95 % | ECE | posts/s | training, s |")
    print("|---|---|---|---|---|---|---|")
    for line in table():
        shown = [f"{line[key]:.3f}" if key in line else "" for key in keys]
        shown += [f"{line['speed']:,.0f}", f"{line['training']:.1f}"]
        print(f"| {line['name']} | {' | '.join(shown)} |")


if __name__ == "__main__":
    main()
