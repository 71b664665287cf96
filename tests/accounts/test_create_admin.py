"""The command that makes the first admin."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.access import access_of
from accounts.models import User

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = StringIO()
    call_command("create_admin", *args, stdout=out)
    return out.getvalue()


def test_new_admin_can_sign_in_with_what_is_printed() -> None:
    password = run("Zoe@kestrel.example", "--name", "Zoe").split("Password: ")[1].split()[0]
    user = User.objects.get(email="zoe@kestrel.example")
    assert user.check_password(password)
    assert access_of(user).is_admin


def test_existing_account_is_promoted_and_switched_on(agent: User) -> None:
    User.objects.filter(pk=agent.pk).update(is_active=False)
    run(agent.email)
    agent = User.objects.get(pk=agent.pk)
    assert agent.is_active
    assert access_of(agent).is_admin


def test_nonsense_is_refused_in_a_sentence() -> None:
    with pytest.raises(CommandError, match="is not an e-mail address"):
        run("zoe")
