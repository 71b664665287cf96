"""Shared fixtures."""

pytest_plugins = ["tests.personas"]
