"""The demo organisation: an invented bakery, its people, and what the world writes to it."""
