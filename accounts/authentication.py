"""API tokens as a way to sign in."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request


class TokenAuthentication(BaseAuthentication):
    """Placeholder until tokens are checked."""

    def authenticate(self, request: Request) -> None:  # noqa: ARG002
        return None
