"""What the OpenAPI schema says about every operation alike."""

from __future__ import annotations

from typing import Any

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence for people."},
        "errors": {
            "type": "array",
            "description": "What is wrong with which field: its JSON pointer, or ?name in a query.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "ticket": {
            "description": "In a conflict (409): the ticket as it is now, if you may see it.",
            "oneOf": [{"$ref": "#/components/schemas/Ticket"}],
            "nullable": True,
        },
        "changes": {
            "type": "array",
            "description": "Why a reply was stopped (409); `acknowledge` takes the keys.",
            "items": {
                "type": "object",
                "required": ["key", "kind", "sentence", "text"],
                "properties": {
                    name: {"type": "string"} for name in ("key", "kind", "sentence", "text")
                },
            },
        },
    },
}
ANSWER = {
    "description": "A problem.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def with_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the problem that each operation may answer with."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    for operations in result["paths"].values():
        for name, operation in operations.items():
            if name.upper() in METHODS:
                operation["responses"]["default"] = ANSWER
    return result
