"""Who is behind a session cookie, and what they may see; all of it blocking database work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.utils import timezone

from accounts.access import NOTHING, Access, access_of, access_of_each
from accounts.models import User


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person: one browser session, with the rights last read."""

    user_id: int
    session_key: str
    password_mark: str
    access: Access

    def with_access(self, access: Access) -> Viewer:
        return replace(self, access=access)


def viewer_of(session_key: str) -> Viewer | None:
    """The viewer of a session, None when nobody is signed in; `access` may be `NOTHING`."""
    request = HttpRequest()
    request.session = _session_store()(session_key)
    user = get_user(request)
    if not isinstance(user, User) or not user.is_active:
        return None
    return Viewer(user.pk, session_key, user.get_session_auth_hash(), access_of(user))


def rights_of(viewers: Sequence[Viewer]) -> dict[Viewer, Access | None]:
    """Read everyone's rights anew, in four queries; None for whoever may no longer listen."""
    users = {
        user.pk: user
        for user in User.objects.filter(pk__in={v.user_id for v in viewers}, is_active=True)
    }
    rights = access_of_each(users.values())
    sessions = set(
        _session_store()
        .get_model_class()
        .objects.filter(
            session_key__in={v.session_key for v in viewers}, expire_date__gt=timezone.now()
        )
        .values_list("session_key", flat=True)
    )
    found: dict[Viewer, Access | None] = {}
    for viewer in viewers:
        user = users.get(viewer.user_id)
        is_signed_in = (
            user is not None
            and viewer.session_key in sessions
            and viewer.password_mark == user.get_session_auth_hash()
        )
        access = rights.get(viewer.user_id, NOTHING)
        found[viewer] = access if is_signed_in and access != NOTHING else None
    return found


def _session_store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore
