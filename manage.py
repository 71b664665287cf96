#!/usr/bin/env python
"""Command line of Crossdesk."""

import sys

if __name__ == "__main__":
    try:
        from config.startup import manage
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("config"):
            raise
        sys.exit(f"{error.name} is missing: run `make setup`, then use .venv/bin/python manage.py.")
    sys.exit(manage(sys.argv))
