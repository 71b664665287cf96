"""What the shipped model learns from: posts and phrases written for this project."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from routing.encoder import Encoder, pack

DATA = Path(__file__).resolve().parent / "data"
POSTS, PHRASES = DATA / "starter_posts.csv", DATA / "starter_phrases.csv"
TONES, URGENCIES = DATA / "starter_tones.csv", DATA / "urgency_sentences.csv"
# A phrase says in two words what a post says in twenty; more weight would drown what a page's own
# lessons say (docs/routing.md).
PHRASE_WEIGHT = 1.0
# What a post of each part weighs. Three parts were written topic by topic, as many posts for each;
# real posts are more like the other two, so that those lead (docs/routing.md).
PART_WEIGHTS = {"mixed": 1.0, "wide": 1.0, "short": 0.3, "page": 0.1, "forum": 0.1}
# What a page hears is not as much of each: a third is for customer service (docs/routing.md).
PAGE_SHARES = {"customer_service": 0.34, "marketing": 0.26, "hr": 0.2, "pr": 0.2}
TOPICS_OF = {
    "customer_service": (
        *("delivery", "billing", "refund", "product_fault", "account_access", "outage", "how_to"),
        *("staff", "price", "booking_change", "cancellation", "thanks"),
    ),
    "marketing": (
        *("product_love", "product_opinion", "feature_idea", "campaign", "contest", "promotion"),
        *("partnership", "event", "launch"),
    ),
    "pr": (
        *("activism", "boycott", "ethics", "environment", "legal", "press", "misinformation"),
        *("investors", "executives", "data_breach", "safety", "company_news"),
    ),
    "hr": (
        *("vacancy", "application", "interview", "pay", "conditions", "management", "layoffs"),
        *("union", "employer_praise", "harassment"),
    ),
}
DEPARTMENT_OF = {topic: home for home, topics in TOPICS_OF.items() for topic in topics}
# What posts on these topics nearly always sound like.
TONE_OF_TOPIC = {
    **dict.fromkeys(("thanks", "product_love", "employer_praise"), "positive"),
    **dict.fromkeys(("how_to", "vacancy", "press", "booking_change"), "neutral"),
    **dict.fromkeys(("company_news", "interview"), "neutral"),
    **dict.fromkeys(("refund", "staff", "outage", "delivery", "cancellation"), "negative"),
    **dict.fromkeys(("product_fault", "harassment", "conditions", "management"), "negative"),
    **dict.fromkeys(("layoffs", "boycott", "ethics"), "negative"),
}

# Texts of this group are hints (phrases): they teach, but are no posts to count or be tested by.
HINT = ""
# Texts of this group are posts of the very page, labelled by its people …
LESSONS = "lessons"
# … and so much does one of them weigh beside a starter post.
LESSON_WEIGHT = 10.0


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts and what is known of them, as `routing.training.train` takes it; "" is unknown."""

    texts: list[str]
    labels: list[str]
    weights: list[float]
    groups: list[str]
    topics: list[str]
    sentiments: list[str]


def posts() -> list[dict[str, str]]:
    """The starter posts: id, text, department, topic, lang and part of each."""
    return _rows(POSTS)


def urgency_sentences() -> list[dict[str, str]]:
    """Sentences that test how urgent a post is taken to be: level and text of each."""
    return _rows(URGENCIES)


def starter() -> Corpus:
    """Read the starter corpus."""
    known, phrases, tones = posts(), _rows(PHRASES), _rows(TONES)
    rows = [*known, *phrases, *tones]
    topics = [row.get("topic") or "" for row in rows]
    said = [row.get("sentiment") or "" for row in rows]
    return Corpus(
        texts=[row["text"] for row in rows],
        labels=[row.get("department") or "" for row in rows],
        weights=[PART_WEIGHTS[row["part"]] for row in known]
        + [PHRASE_WEIGHT] * len(phrases)
        + [1.0] * len(tones),
        groups=[row["part"] for row in known] + [HINT] * (len(phrases) + len(tones)),
        topics=topics,
        sentiments=[
            tone or TONE_OF_TOPIC.get(topic, "") for tone, topic in zip(said, topics, strict=True)
        ],
    )


def vectors_of(texts: Sequence[str], encoder: Encoder, *, cache: Path) -> list[bytes]:
    """The vectors of `texts`, encoded once for each encoder: `cache` is a folder for them."""
    key = hashlib.sha256("\0".join((encoder.fingerprint, *texts)).encode()).hexdigest()
    path = cache / f"corpus-{key[:16]}.npy"
    try:
        kept = np.load(path, allow_pickle=False)
        if len(kept) == len(texts):
            return [row.tobytes() for row in kept]
    except (OSError, ValueError, EOFError):
        pass
    made = [pack(row) for row in encoder.encode(texts)]
    cache.mkdir(parents=True, exist_ok=True)
    for old in cache.glob("corpus-*.npy"):
        old.unlink(missing_ok=True)
    with path.open("wb") as file:
        np.save(file, np.array([np.frombuffer(row, dtype="<f2") for row in made]))
    return made


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
