"""Not one address tells what a confidential ticket says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Department, User
from inbox.models import Channel
from inbox.services import tickets
from tests.inbox.permissions.world import COMMON, World, build_world

ARGUMENT = re.compile(r"<(?:(\w+):)?\w+>|\(\?P<\w+>[^()]*(?:\([^()]*\)[^()]*)*\)")


@pytest.fixture
def world(channel: Channel, departments: dict[str, Department], hr_partner: User) -> World:
    cache.clear()
    return build_world(channel, departments, hr_partner)


def addresses(patterns: list[URLPattern | URLResolver], start: str = "/") -> Iterator[str]:
    """Every address of the site, with what stands in its arguments still named."""
    for pattern in patterns:
        here = start + str(pattern.pattern).lstrip("^").removesuffix("$").removesuffix(r"\Z")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, here)
        else:
            yield here


def filled(world: World) -> set[str]:
    """Every address with the confidential ticket or its department as arguments, and questions."""
    secret = world.tickets["hr"]
    asked = f"?q={COMMON}&queue=hr&state=any&department=hr&ids={secret.pk}"
    found = set()
    for address in addresses(get_resolver().url_patterns):
        for word in (str(secret.pk), "hr"):
            url = ARGUMENT.sub(word, address)
            found |= {url, url + asked}
    return {url for url in found if not re.search(r"[\\^$*]", url)}


@pytest.mark.parametrize("persona", ["admin", "triager", "outsider"])
def test_no_address_tells_what_hr_reads(
    world: World, persona: str, request: pytest.FixtureRequest, settings: LazySettings
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 100_000
    client = Client(raise_request_exception=False)
    client.force_login(request.getfixturevalue(persona))
    urls = filled(world)
    assert len(urls) > 150
    for url in sorted(urls):
        answer = client.get(url)
        said = answer.getvalue().decode(errors="replace")
        assert world.secret("hr") not in said, url
        assert world.secret("asked") not in said, url
        assert answer.status_code < 500, url


def test_the_walk_finds_what_may_be_seen(
    world: World, hr_partner: User, settings: LazySettings
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 100_000
    client = Client(raise_request_exception=False)
    client.force_login(hr_partner)
    walked = filled(world)
    for url in ("/q/hr/", f"/t/{world.tickets['hr'].pk}/", "/api/tags"):
        assert url in walked
        assert world.secret("hr") in client.get(url).getvalue().decode()


def test_a_ticket_that_moved_to_hr_is_gone_everywhere(
    world: World, agent: User, departments: dict[str, Department]
) -> None:
    moved = world.tickets["desk"]
    tickets.hand_over(ticket=moved, to=departments["hr"], by=agent, reason="Job")
    client = Client()
    client.force_login(agent)
    urls = (f"/t/{moved.pk}/", "/q/all/", "/receipts/", f"/search/?q={COMMON}", "/api/hand-overs")
    for url in urls:
        assert world.secret("desk") not in client.get(url).getvalue().decode(), url
