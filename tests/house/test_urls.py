"""Every address asks who you are."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

# Open on purpose, by route; the reason is the value.
OPEN: dict[str, str] = {
    "accounts/login/": "signing in",
    "accounts/logout/": "without a session there is nothing to end; it redirects",
    "accounts/signup/": "says that sign-up is closed",
    "accounts/inactive/": "says that the account is closed",
    "accounts/password/reset/": "asking for a link",
    "accounts/password/reset/done/": "what comes after asking",
    "accounts/password/reset/key/<uidb36>-<key>/": "the link carries its own secret",
    "accounts/password/reset/key/done/": "what comes after the link",
    "api/schema/": "describes the API, which is no secret",
    "api/<rest>/": "answers like the address without the slash",
    "api/.*": "says that there is nothing here",
    "webhooks/<int:pk>/": "deliveries are signed; without a channel there is nothing to check",
}
SAMPLES = {
    "int": "1",
    "str": "x",
    "slug": "x",
    "path": "x",
    "uuid": "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
}


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Route and a sample address of every URL pattern."""
    for pattern in patterns:
        route = prefix + _route(pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route, _address(route)


def _route(pattern: URLPattern | URLResolver) -> str:
    text = str(pattern.pattern)
    named = pattern.pattern.regex.groupindex
    if not text.startswith("^") and "(?P" not in text:
        return text
    return text.lstrip("^").rstrip("$") if not named else _regex_route(text, list(named))


def _regex_route(text: str, names: list[str]) -> str:
    """A regular expression as a route, `<name>` for each group: enough for addresses we walk."""
    route, depth = "", 0
    for character in text.lstrip("^").removesuffix("$").removesuffix("\\Z"):
        if character == "(":
            if depth == 0:
                route += f"<{names.pop(0)}>"
            depth += 1
        elif character == ")":
            depth -= 1
        elif depth == 0:
            route += character
    return route.replace("\\", "").replace("/?", "/")


def _address(route: str) -> str:
    parts = route.split("<")
    address = parts[0]
    for part in parts[1:]:
        converter, _, rest = part.partition(">")
        kind = converter.partition(":")[0] if ":" in converter else "number"
        address += SAMPLES.get(kind, "1") + rest
    return "/" + address


def walk() -> list[tuple[str, str]]:
    return [pair for pair in routes(list(get_resolver().url_patterns)) if pair[0] not in OPEN]


def is_refusal(status: int, location: str) -> bool:
    return status in {401, 403} or (status in {302, 303} and "/accounts/login/" in location)


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "address"), walk(), ids=lambda value: value or "root")
def test_an_anonymous_visitor_is_refused(route: str, address: str) -> None:
    client = Client(raise_request_exception=False)
    answers = {
        "GET": client.get(address),
        "POST": client.post(address, {}, content_type="application/json"),
    }
    found = {
        method: (response.status_code, response.headers.get("Location", ""))
        for method, response in answers.items()
    }
    assert any(is_refusal(*answer) for answer in found.values()), found
    # Whatever else answers, it shows nothing: wrong method, or a refusal too.
    assert all(is_refusal(*answer) or answer[0] == 405 for answer in found.values()), found


@pytest.mark.django_db
@pytest.mark.parametrize("route", OPEN)
def test_what_is_open_exists(route: str) -> None:
    assert route in [found for found, _address in routes(list(get_resolver().url_patterns))]
