"""API tokens: who gets in, and what a token may do."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import RequestFactory
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from pytest_django import DjangoAssertNumQueries
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import TokenAuthentication
from accounts.models import ApiToken, User

pytestmark = pytest.mark.django_db


class WhoAmI(APIView):
    """The smallest protected endpoint."""

    def get(self, request: Request) -> Response:
        assert isinstance(request.user, User)
        return Response({"email": request.user.email})

    post = get


def make_token(user: User, **fields: object) -> tuple[ApiToken, str]:
    key = ApiToken.new_key()
    fields.setdefault("expires_at", timezone.now() + timedelta(days=1))
    token = ApiToken.objects.create(
        user=user, name="test", prefix=key[:8], digest=ApiToken.digest_of(key), **fields
    )
    return token, key


def ask(key: str, method: str = "get", scheme: str = "Bearer") -> Response:
    request = getattr(RequestFactory(), method)("/", headers={"Authorization": f"{scheme} {key}"})
    return WhoAmI.as_view()(request)


def test_token_acts_as_its_person(agent: User) -> None:
    _token, key = make_token(agent)
    assert ask(key).data == {"email": agent.email}
    assert ask(key, "post").status_code == 200


def test_scheme_is_read_in_any_case(agent: User) -> None:
    assert ask(make_token(agent)[1], scheme="bearer").status_code == 200


def test_token_and_person_cost_one_query(
    agent: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _token, key = make_token(agent, last_used_at=timezone.now())
    with django_assert_num_queries(1):
        ask(key)


@pytest.mark.parametrize("fields", [
    {"expires_at": timezone.now() - timedelta(seconds=1)},
    {"revoked_at": timezone.now()},
])  # fmt: skip
def test_expired_and_revoked_tokens_get_401(agent: User, fields: dict[str, object]) -> None:
    response = ask(make_token(agent, **fields)[1])
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_unknown_token_gets_401(agent: User) -> None:
    make_token(agent)
    assert ask("cd_guessed").status_code == 401


def test_switched_off_person_takes_their_tokens_along(agent: User) -> None:
    _token, key = make_token(agent)
    User.objects.filter(pk=agent.pk).update(is_active=False)
    assert ask(key).status_code == 401


def test_no_token_gets_401_with_the_scheme(db: None) -> None:
    response = WhoAmI.as_view()(RequestFactory().get("/"))
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "status"), [("get", 200), ("head", 200), ("post", 403)])
def test_read_only_token_reads(agent: User, method: str, status: int) -> None:
    _token, key = make_token(agent, is_read_only=True)
    assert ask(key, method).status_code == status


def test_use_is_noted_once_a_minute(agent: User) -> None:
    with time_machine.travel("2026-03-02 09:00Z", tick=False) as clock:
        token, key = make_token(agent)
        used = []
        for _ in range(3):
            ask(key)
            token.refresh_from_db()
            used.append(token.last_used_at)
            clock.shift(40)
    assert used[1] == used[0]
    assert used[0]
    assert used[2]
    assert (used[2] - used[0]).total_seconds() == 80


def test_key_itself_is_not_stored(agent: User) -> None:
    token, key = make_token(agent)
    assert key not in str(ApiToken.objects.filter(pk=token.pk).values().get())


def test_schema_names_the_scheme() -> None:
    extension = OpenApiAuthenticationExtension.get_match(TokenAuthentication())
    assert extension
    definition = extension.get_security_definition(AutoSchema())
    assert isinstance(definition, dict)
    assert definition["scheme"] == "bearer"
