"""What was written for the demo: enough of it, of every kind, and harmless."""

import csv
import re
from collections import Counter
from collections.abc import Iterator

from inbox.demo.content import FOLDER, Content, Line, load
from routing.corpus import POSTS

DEPARTMENTS = {"customer_service", "marketing", "pr", "hr"}


def spoken(content: Content) -> Iterator[Line]:
    """Every text people say, in whatever place."""
    yield from content.lines
    for page_post in content.page_posts:
        yield from page_post.comments
    for conversation in content.conversations:
        yield conversation.opening


def everything() -> str:
    """All content files as one text."""
    return "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.toml"))


def test_a_large_stock_was_written_by_hand() -> None:
    texts = {line.text for line in spoken(load())}
    assert len(texts) >= 1_200


def test_no_text_is_there_twice() -> None:
    counted = Counter(line.text for line in load().lines)
    assert [text for text, number in counted.items() if number > 1] == []


def test_every_department_has_plenty_and_some_texts_concern_nobody() -> None:
    counted = Counter(line.department for line in spoken(load()))
    assert counted.keys() == DEPARTMENTS | {""}
    assert all(counted[department] >= 180 for department in DEPARTMENTS)
    assert counted[""] >= 30


def test_many_languages_are_spoken_and_some_run_from_right_to_left() -> None:
    counted = Counter(line.language for line in spoken(load()))
    assert all(counted[language] >= 15 for language in ("de", "es", "fr", "pt", "nl", "it"))
    assert sum(counted[language] for language in ("ar", "he", "fa", "ur")) >= 20
    assert counted["en"] > sum(counted.values()) / 2


def test_texts_differ_in_length_and_manner() -> None:
    texts = [line.text for line in spoken(load())]
    assert sum(len(text) < 30 for text in texts) >= 100
    assert sum(len(text) > 180 for text in texts) >= 25
    assert sum(text[0].islower() for text in texts) >= 300
    assert sum(text.isupper() for text in texts) >= 3


def test_every_kind_of_person_and_post_is_there() -> None:
    lines = load().lines
    roles = {"activist", "applicant", "employee", "fan", "journalist", "partner", "spam"}
    assert {line.role for line in lines} == roles | {""}
    assert {line.kind for line in lines} == {"post", "review", "direct"}
    assert {line.event for line in lines} == {"launch", "outage", "palm", "hiring", ""}


def test_only_reserved_hosts_and_numbers_are_named() -> None:
    text = everything()
    hosts = re.findall(r"https?://([\w.-]+)", text) + re.findall(r"\w@([\w-]+\.[\w.-]+)", text)
    assert hosts
    assert [host for host in hosts if not host.rstrip(".").endswith(".example")] == []
    phones = [re.sub(r"\s", "", number) for number in re.findall(r"\b0\d[\d ]{8,12}\d\b", text)]
    assert phones
    assert [n for n in phones if not n.startswith(("01632960", "07700900"))] == []


def test_no_network_or_company_is_named_in_the_posts() -> None:
    named = re.compile(r"(?i)\b(nestl|unilever|mondel|wilmar|facebook|instagram|tiktok)")
    assert [line.text for line in spoken(load()) if named.search(line.text)] == []


def test_nothing_comes_from_the_starter_corpus() -> None:
    with POSTS.open(encoding="utf-8", newline="") as file:
        starter = {_bare(row["text"]) for row in csv.DictReader(file)}
    longer = [line.text for line in spoken(load()) if len(line.text) > 25]
    assert [text for text in longer if _bare(text) in starter] == []


def test_answers_exist_for_each_department() -> None:
    assert {answers.department for answers in load().answers} == DEPARTMENTS


def _bare(text: str) -> str:
    return re.sub(r"[^\w ]", "", text.lower()).strip()
