"""Runs every benchmark module, prints one table and writes var/bench.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import django
from django.conf import settings

from config.startup import StartError, prepare

ROOT = Path(__file__).resolve().parent
NOT_BENCHMARKS = {"run", "harness", "figures", "pictures"}


def names() -> list[str]:
    """Every module here that measures something."""
    found = {module.name for module in iter_modules([str(ROOT)])}
    return sorted(name for name in found - NOT_BENCHMARKS if not name.startswith("_"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; return 1 when a target was missed."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"any of: {', '.join(names())}; default: all")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    chosen = parser.parse_args(arguments)
    unknown = sorted(set(chosen.names) - set(names()))
    if unknown:
        parser.error(f"There is no benchmark {', '.join(unknown)}.")

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # A database of their own: measuring never touches the one people work in.
    os.environ.setdefault("CROSSDESK_TEST_DB", "crossdesk_bench")
    os.environ.setdefault("DEBUG", "0")
    os.environ.setdefault("SECRET_KEY", "only-for-benchmarks")
    try:
        prepare()
    except StartError as error:
        parser.exit(1, f"{error}\n")
    django.setup()
    figures: list[dict[str, Any]] = []
    for name in chosen.names or names():
        _say(f"\n{name}")
        for figure in import_module(f"benchmarks.{name}").measure():
            mark = {None: " ", True: "✓", False: "✗"}[figure.is_met]
            _say(
                f"  {mark} {figure.name:<58} {figure.value:>12,.2f} {figure.unit:<8} {figure.limit}"
            )
            figures.append({"benchmark": name, **figure.as_dict()})
    path = chosen.json or Path(settings.VAR_DIR) / "bench.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": _machine(), "figures": figures}, indent=1))
    _say(f"\nWritten to {path}.")
    return int(any(figure["is_met"] is False for figure in figures))


def _machine() -> dict[str, Any]:
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
    }


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
