"""How text is made searchable: one PostgreSQL text-search configuration a language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F

CONFIGURATIONS = {
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "sv": "swedish",
}


def configuration_for(language: str) -> str:
    """Name of the text-search configuration that stems `language` (ISO 639-1), or "simple"."""
    return CONFIGURATIONS.get(language, "simple")


if TYPE_CHECKING:
    TextColumn = models.CharField[Any, Any]
else:
    TextColumn = models.CharField


class ConfigurationField(TextColumn):
    """A column of PostgreSQL's type `regconfig`, so that a generated search vector may use it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("default", "simple")
        super().__init__(*args, **kwargs)

    def db_type(self, connection: Any) -> str:  # noqa: ARG002
        return "regconfig"

    def select_format(self, compiler: Any, sql: str, params: Any) -> Any:  # noqa: ARG002
        return f"{sql}::text", params

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:  # noqa: ARG002
        return "%s::regconfig"


def vector_of(*fields: str, config: F | str) -> models.GeneratedField:
    """A stored tsvector over `fields`, kept by the database itself."""
    return models.GeneratedField(
        expression=SearchVector(*fields, config=config),
        output_field=SearchVectorField(),
        db_persist=True,
    )


def vector_index(name: str) -> GinIndex:
    """The index every searchable table carries."""
    return GinIndex(fields=["search"], name=name)
