"""Show where a text would go, and why."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from routing import language, services
from routing.facts import Facts
from routing.models import Decision


class Command(BaseCommand):
    help = "Print the routing decision for a text, with its reasons. Nothing is saved."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text")
        parser.add_argument("--channel", type=int, help="The id of the channel it came by.")
        parser.add_argument("--network", default="")
        parser.add_argument("--author", default="", help="The author's handle.")
        parser.add_argument("--language", default="", help="Detected when not given.")
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        text = options["text"]
        facts = Facts(
            text=text,
            language=options["language"] or language.detect([text])[0],
            channel_id=options["channel"],
            network=options["network"],
            author_handle=options["author"],
        )
        (decision,) = services.decide_batch([facts])
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(decision), ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(_lines(decision)))


def _as_json(decision: Decision) -> dict[str, Any]:
    return {
        "department": decision.department.slug if decision.department else None,
        "method": decision.method,
        "confidence": decision.confidence,
        "probabilities": decision.probabilities,
        "runner_up": decision.runner_up,
        "rule": decision.rule.name if decision.rule else None,
        "rule_version": decision.rule_version,
        "model_version": decision.model_version,
        "language": decision.facts["language"],
        "reasons": decision.reasons,
        "topic": decision.topic,
        "topic_confidence": decision.topic_confidence,
        "sentiment": decision.sentiment,
        "urgency": decision.urgency,
        "urgency_cues": decision.urgency_cues,
        "spam": decision.spam,
        "priority": decision.priority,
    }


def _lines(decision: Decision) -> list[str]:
    department = decision.department.name if decision.department else "Triage"
    by = f"rule “{decision.rule}”" if decision.rule else decision.get_method_display()
    likely = sorted(decision.probabilities.items(), key=lambda item: -item[1])
    return [
        f"{department}  ({by}, {decision.confidence:.0%} sure)",
        "  " + "  ".join(f"{slug} {share:.0%}" for slug, share in likely),
        "  because of: "
        + (", ".join(f"{r['word']} ({r['weight']:.1f})" for r in decision.reasons) or "nothing"),
        f"  topic: {decision.topic or 'unsure'} ({decision.topic_confidence:.0%}), "
        f"sentiment: {decision.sentiment or 'unsure'}, urgency: {decision.urgency}"
        + (f" ({', '.join(decision.urgency_cues)})" if decision.urgency_cues else ""),
        *([f"  looks like spam: {decision.spam}"] if decision.spam else []),
        f"  language: {decision.facts['language'] or 'unsure'}, "
        f"model: {decision.model_version or 'none'}",
    ]
