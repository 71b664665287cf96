"""The manual and the page name the same keys."""

from __future__ import annotations

import re

from config.startup import BASE_DIR
from inbox.keyboard import GROUPS


def test_the_manual_names_every_key() -> None:
    manual = (BASE_DIR / "docs/workspace.md").read_text()
    known = set(re.findall(r"`([^`]+)`", manual))
    used = {part for group in GROUPS for key in group.keys for part in key.parts} - {"…"}
    assert used - known == set()
