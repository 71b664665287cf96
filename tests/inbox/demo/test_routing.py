"""The classifier, which has never seen the demo's posts, sends most of them where they belong."""

import csv

from inbox.demo.content import load
from routing import classifier as classifiers
from routing.corpus import POSTS


def test_most_demo_posts_go_where_they_belong() -> None:
    with POSTS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["part"] in {"mixed", "page"}]
    classifier = classifiers.train([r["text"] for r in rows], [r["department"] for r in rows])
    lines = [line for line in load().lines if line.department]
    verdicts = classifier.classify([line.text for line in lines])
    pairs = [(line.department, v.label) for line, v in zip(lines, verdicts, strict=True) if v]
    right = sum(expected == label for expected, label in pairs)
    assert right / len(lines) > 0.6
    for department in ("customer_service", "marketing", "pr", "hr"):
        own = [label for expected, label in pairs if expected == department]
        assert own.count(department) / len(own) > 0.5
