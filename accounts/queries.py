"""Lists of people and tokens."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, Q

from accounts.models import ApiToken, Membership, User

PAGE = 50


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """People by name; `next` is the key of the page after this one, empty on the last."""

    people: list[User]
    next: str


def people_page(*, text: str = "", after: str = "", size: int = PAGE) -> PeoplePage:
    """People whose name, address or handle contains `text`, with their memberships."""
    people = User.objects.order_by("name", "pk").prefetch_related(_memberships())
    if text:
        people = people.filter(
            Q(name__icontains=text) | Q(email__icontains=text) | Q(handle__icontains=text)
        )
    last = User.objects.filter(pk=after).only("name").first() if after.isdecimal() else None
    if last:
        people = people.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    found = list(people[: size + 1])
    return PeoplePage(found[:size], str(found[size - 1].pk) if len(found) > size else "")


def memberships_of(user: User) -> list[Membership]:
    """The organisation-wide membership first, then by department."""
    return sorted(
        user.memberships.select_related("department"),
        key=lambda m: (m.department is not None, m.department.position if m.department else 0),
    )


@dataclass(frozen=True, slots=True)
class TokenPage:
    """Tokens, newest first; `next` is the key of the page after this one."""

    tokens: list[ApiToken]
    next: str


def token_page(*, user: User | None, after: str = "", size: int = PAGE) -> TokenPage:
    """The tokens of `user`, or everybody's for None."""
    tokens = ApiToken.objects.select_related("user").order_by("-pk")
    if user is not None:
        tokens = tokens.filter(user=user)
    if after.isdecimal():
        tokens = tokens.filter(pk__lt=int(after))
    found = list(tokens[: size + 1])
    return TokenPage(found[:size], str(found[size - 1].pk) if len(found) > size else "")


def _memberships() -> Prefetch[str]:
    rows = Membership.objects.select_related("department").order_by("department__position", "pk")
    return Prefetch("memberships", queryset=rows)
