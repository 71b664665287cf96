"""Lists of people and tokens."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet

from accounts.access import access_of
from accounts.models import ApiToken, Membership, Skill, User

PAGE = 50


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """People by name; `next` is the key of the page after this one, empty on the last."""

    people: list[User]
    next: str


def people_page(*, text: str = "", after: str = "", size: int = PAGE) -> PeoplePage:
    """People whose name, address or handle contains `text`, with their memberships."""
    people = User.objects.prefetch_related(_memberships())
    if text:
        people = people.filter(
            Q(name__icontains=text) | Q(email__icontains=text) | Q(handle__icontains=text)
        )
    return _by_name(people, after, size)


def led_by(user: User) -> QuerySet[User]:
    """Active people of the departments `user` leads; everybody with a role for an admin."""
    people = User.objects.filter(is_active=True)
    access = access_of(user)
    if access.is_admin:
        return people.filter(memberships__isnull=False).distinct()
    return people.filter(memberships__department__in=access.led_department_ids).distinct()


def led_page(*, by: User, after: str = "", size: int = PAGE) -> PeoplePage:
    """The people `by` leads, with what they can do."""
    return _by_name(led_by(by).prefetch_related("skills", _memberships()), after, size)


def skill_labels() -> list[str]:
    """The labels of all skills there are."""
    return list(Skill.objects.values_list("slug", flat=True))


def _by_name(people: QuerySet[User], after: str, size: int) -> PeoplePage:
    people = people.order_by("name", "pk")
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
