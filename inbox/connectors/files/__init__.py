"""Posts from files: CSV and JSON Lines."""

from inbox.connectors.base import Capabilities
from inbox.connectors.files.layout import FileError, Layout, look_at
from inbox.connectors.files.posts import FIELDS, NEEDED, BadRow, choose, guess, posts_of, read_again
from inbox.connectors.files.rows import Row, count_rows, rows_of


class Files:
    """Takes files people bring: docs/imports.md."""

    slug = "import"
    label = "File import"
    capabilities = Capabilities(files=True)


__all__ = [
    "FIELDS",
    "NEEDED",
    "BadRow",
    "FileError",
    "Files",
    "Layout",
    "Row",
    "choose",
    "count_rows",
    "guess",
    "look_at",
    "posts_of",
    "read_again",
    "rows_of",
]
