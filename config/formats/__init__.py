"""Formats of dates and times, per language."""
