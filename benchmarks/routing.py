"""What routing costs: a post, a batch, a process, a training; and how right it is.

Needs no database. How other ways compare is in `benchmarks.comparison`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.comparison import BASE_DIR, judged
from benchmarks.figures import Figure, at_least, at_most
from routing import classifier as classifiers
from routing import corpus, encoder_build, language
from routing.classifier import Classifier
from routing.corpus import LESSON_WEIGHT, LESSONS, Corpus
from routing.encoder import MODEL, Encoder, pack
from routing.evaluation import evaluate

N_SINGLE = 400
N_LESSONS = 10_000
BATCH = 250
N_RUNS = 7
MB = 1e6

# What a process grows by, as a fresh interpreter sees it.
_MEMORY = """
import sys, psutil
from pathlib import Path
import django
rss = lambda: psutil.Process().memory_info().rss / 1e6
texts = ["Where is my parcel? " * (1 + n % 9) for n in range(256)]
before = rss()
from routing.classifier import Classifier
from routing import language
language.detect(texts)
light = Classifier.load(Path(sys.argv[1]))
light.classify(texts)
worded = rss()
from routing.encoder import Encoder
light.with_encoder(Encoder.load(Path(sys.argv[2]))).classify(texts)
print(worded - before, rss() - worded)
"""


def measure() -> Iterator[Figure]:
    """Everything, in about three minutes."""
    starter = corpus.starter()
    with tempfile.TemporaryDirectory() as folder:
        encoder_folder, path = Path(folder) / "encoder", Path(folder) / "bench.model"
        yield Figure(
            "building the encoder", _seconds(lambda: encoder_build.build(encoder_folder)), "s"
        )
        yield at_most("encoder file", (encoder_folder / MODEL).stat().st_size / MB, "MB", 30)
        encoder = Encoder.load(encoder_folder, threads=os.cpu_count() or 1)
        started = time.perf_counter()
        vectors = [pack(row) for row in encoder.encode(starter.texts)]
        yield Figure("encoding the starter corpus", time.perf_counter() - started, "s")
        started = time.perf_counter()
        taught(starter, vectors, encoder).save(path)
        yield Figure("training on it", time.perf_counter() - started, "s")
        yield at_most("model file", path.stat().st_size / MB, "MB", 30)
        yield at_most("loading both", _seconds(lambda: loaded(path, encoder_folder)), "s", 1)
        yield from _memory(path, encoder_folder)
        yield from _speed(loaded(path, encoder_folder), starter)
        yield from _accuracy(loaded(path, encoder_folder))
        yield _training_with_lessons(starter, vectors, encoder)


def taught(starter: Corpus, vectors: Sequence[bytes], encoder: Encoder) -> Classifier:
    """The classifier as it is shipped."""
    return classifiers.train(
        starter.texts,
        starter.labels,
        weights=starter.weights,
        groups=starter.groups,
        topics=starter.topics,
        sentiments=starter.sentiments,
        vectors=vectors,
        encoder=encoder,
    )


def loaded(path: Path, encoder_folder: Path) -> Classifier:
    """The classifier as a web process has it."""
    return Classifier.load(path).with_encoder(Encoder.load(encoder_folder))


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _memory(path: Path, encoder_folder: Path) -> Iterator[Figure]:
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(path), str(encoder_folder)],
        capture_output=True,
        text=True,
        check=True,
        cwd=BASE_DIR,
    )
    light, more = map(float, done.stdout.split())
    yield Figure("memory: light view and language", light, "MB")
    yield at_most("memory: the encoder on top", more, "MB", 120)


def _speed(shipped: Classifier, starter: Corpus) -> Iterator[Figure]:
    texts = [row["text"] for row in judged()] or starter.texts[:N_SINGLE]
    light = shipped.light()
    yield at_most("light view, one post, p50", _millis(light.classify, texts), "ms", 1.5)
    yield at_least(
        "light view, batches", _a_second(light.classify, starter.texts[:4000]), "posts/s", 5_000
    )
    yield at_most("cascade, one post, p50", _millis(shipped.classify, texts), "ms", 8)
    yield at_least("cascade, batches", _a_second(shipped.classify, texts), "posts/s", 300)
    yield Figure("language, batches", _a_second(language.detect, starter.texts[:4000]), "posts/s")


def _millis(answer: Callable[[list[str]], object], texts: Sequence[str]) -> float:
    """Median milliseconds for one post at a time."""
    times = []
    for text in texts:
        started = time.perf_counter()
        answer([text])
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1e3


def _a_second(answer: Callable[[list[str]], object], texts: Sequence[str]) -> float:
    """Posts a second of processor time, the best of several runs.

    A processor that is shared with other machines is at times a third slower.
    """
    best = 0.0
    for _ in range(N_RUNS):
        started = time.process_time()
        for at in range(0, len(texts), BATCH):
            answer(list(texts[at : at + BATCH]))
        best = max(best, len(texts) / (time.process_time() - started))
    return best


def _accuracy(shipped: Classifier) -> Iterator[Figure]:
    rows = judged()
    if not rows:
        print("The sample data is absent (CROSSDESK_DATA): no accuracy.")
        return
    found = shipped.predict_proba([row["text"] for row in rows])
    result: dict[str, Any] = evaluate([row["department"] for row in rows], found, shipped.labels)
    recalls = [line["recall"] for line in result["per_department"].values()]
    yield at_least("judged posts: macro-F1", result["macro_f1"], "", 0.79)
    yield at_least("judged posts: least recall", min(recalls), "", 0.68)
    yield at_least("judged posts: top 2", result["top2_accuracy"], "", 0.92)
    yield at_most("judged posts: calibration error", result["ece"], "", 0.05)
    routed = result["coverage_at_95_precision"]
    yield at_least("judged posts: routed at 95 % precision", routed, "", 0.45)


def _training_with_lessons(starter: Corpus, vectors: Sequence[bytes], encoder: Encoder) -> Figure:
    """Lessons made of starter posts, so that none is alike; their vectors are kept ones."""
    places = [at % len(starter.texts) for at in range(N_LESSONS)]
    lessons = [f"{starter.texts[at]} {number}" for number, at in enumerate(places)]
    started = time.perf_counter()
    classifiers.train(
        starter.texts + lessons,
        starter.labels + [starter.labels[at] for at in places],
        weights=starter.weights + [LESSON_WEIGHT] * N_LESSONS,
        groups=starter.groups + [LESSONS] * N_LESSONS,
        topics=starter.topics + [""] * N_LESSONS,
        sentiments=starter.sentiments + [""] * N_LESSONS,
        vectors=[*vectors, *(vectors[at] for at in places)],
        encoder=encoder,
    )
    seconds = time.perf_counter() - started
    return at_most("training with 10,000 lessons", seconds, "s", 180)
