"""Errors of the API as problem+json (RFC 9457)."""

from rest_framework.views import exception_handler

__all__ = ["exception_handler"]
