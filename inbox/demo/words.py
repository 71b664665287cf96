"""Turns a written line into what one person types: slots, mentions, slips of the finger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from inbox.demo.content import DemoChannel, Line
from inbox.demo.rhythm import WAVES

TYPO_SHARE = 0.05
TAGS_THE_PAGE = {"x": 0.45, "instagram": 0.25, "facebook": 0.04}


class Words:
    """Fills slots for one moment. `today` is the day the history ends on."""

    def __init__(self, rng: Random, brand: Mapping[str, Any], today: date) -> None:
        self.rng = rng
        self.brand = brand
        self.today = today

    def fill(self, text: str, language: str, *, at: date, first: str = "") -> str:
        """Return `text` with every {slot} filled in."""
        if "{" not in text:
            return text
        return text.format_map(self._slots(language, at, first))

    def typed(self, line: Line, channel: DemoChannel, *, at: date, as_comment: bool) -> str:
        """Return what the person typed on `channel`."""
        text = self.fill(line.text, line.language, at=at)
        if line.language == "en" and len(text) > 50 and self.rng.random() < TYPO_SHARE:
            text = self._slip(text)
        if line.kind == "post" and not as_comment:
            text = self._tag(text, channel)
        return text

    def _tag(self, text: str, channel: DemoChannel) -> str:
        share = 1.0 if channel.network == "mastodon" else TAGS_THE_PAGE.get(channel.network, 0)
        if not channel.mention or "@" in text or self.rng.random() >= share:
            return text
        return (
            f"{channel.mention} {text}" if self.rng.random() < 0.7 else f"{text} {channel.mention}"
        )

    def _slip(self, text: str) -> str:
        spots = [
            n
            for n in range(2, len(text) - 2)
            if text[n - 1 : n + 3].isalpha() and text[n] != text[n + 1]
        ]
        n = self.rng.choice(spots)
        return text[:n] + text[n + 1] + text[n] + text[n + 2 :]

    def _slots(self, language: str, at: date, first: str) -> dict[str, str]:
        rng, brand = self.rng, self.brand
        slots = {name: rng.choice(values) for name, values in brand["slots"].items()}
        days: list[str] = brand["days"].get(language, brand["days"]["en"])
        numbers = rng.sample(range(2, 10), 2)
        shops = brand["shops"].get(language, brand["shops"]["en"])
        slots |= {
            "shop": rng.choice(shops),
            "month": rng.choice(brand["months"].get(language, brand["slots"]["month"])),
            "day": rng.choice(days),
            "today": days[at.weekday()],
            "outage_day": days[self._event_day("outage")],
            "list_day": days[(self.today - timedelta(days=2)).weekday()],
            "raffle_day": days[(self.today - timedelta(days=3)).weekday()],
            "order": f"KB-{rng.randrange(410_000, 489_999)}",
            "n": str(max(numbers)),
            "n2": str(min(numbers)),
            "amount": self._price(language, 1.0),
            "amount2": self._price(language, 0.4),
            "first": first,
        }
        return slots

    def _event_day(self, event: str) -> int:
        return (self.today + timedelta(days=WAVES[event].day)).weekday()

    def _price(self, language: str, scale: float) -> str:
        pence = round(self.rng.uniform(4, 60) * scale, 1)
        if language == "en":
            return f"£{pence:.2f}"
        return f"{pence:.2f}".replace(".", ",") + " €"
