"""Skills and being away: kept by leads, and by oneself."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.models import Department, Skill, User

pytestmark = pytest.mark.django_db


def labels(user: User) -> list[str]:
    return list(user.skills.values_list("slug", flat=True))


def is_away(user: User) -> bool:
    return User.objects.filter(pk=user.pk, away_since__isnull=False).exists()


def save(client: Client, user: User, skills: str, **more: str) -> int:
    url = reverse("accounts:set_skills", args=[user.pk])
    return client.post(url, {"skills": skills, **more}).status_code


def test_a_lead_keeps_the_skills_of_their_people(client: Client, lead: User, agent: User) -> None:
    client.force_login(lead)
    assert save(client, agent, " Spanish, customs Duty,spanish", is_away="on") == 302
    assert labels(agent) == ["customs-duty", "spanish"]
    assert is_away(agent)
    save(client, agent, "spanish")
    assert labels(agent) == ["spanish"]
    assert not is_away(agent)
    page = client.get(reverse("accounts:skills")).content.decode()
    assert "Maya Adeyemi" in page
    assert 'value="spanish"' in page


def test_a_lead_leaves_other_departments_people_alone(
    client: Client, lead: User, pr_officer: User
) -> None:
    client.force_login(lead)
    assert save(client, pr_officer, "spanish") == 404
    assert "Lee Novak" not in client.get(reverse("accounts:skills")).content.decode()


def test_an_admin_keeps_everybodys(client: Client, admin: User, pr_officer: User) -> None:
    client.force_login(admin)
    person = reverse("accounts:person", args=[pr_officer.pk])
    url = reverse("accounts:set_skills", args=[pr_officer.pk])
    answer = client.post(url, {"skills": "french", "back": person})
    assert (answer.headers["Location"], labels(pr_officer)) == (person, ["french"])
    assert "french" in client.get(person).content.decode()


@pytest.mark.parametrize("who", ["agent", "observer", "outsider", "hr_partner"])
def test_others_keep_nobodys(
    client: Client, request: pytest.FixtureRequest, colleague: User, who: str
) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("accounts:skills")).status_code == 403
    assert save(client, colleague, "spanish") == 403
    assert labels(colleague) == []


def test_what_is_no_label_is_refused(agent: User, admin: User) -> None:
    with pytest.raises(services.Refused):
        services.set_skills(user=agent, labels=["spanish!"], by=admin)
    with pytest.raises(services.Refused):
        services.set_skills(user=agent, labels=[f"s{n}" for n in range(31)], by=admin)
    assert not Skill.objects.exists()


def test_a_change_of_skills_is_in_the_trail(client: Client, agent: User, admin: User) -> None:
    services.set_skills(user=agent, labels=["spanish"], by=admin)
    client.force_login(admin)
    page = client.get(reverse("accounts:audit")).content.decode()
    assert "Maya Adeyemi · spanish" in page


def test_one_goes_away_and_comes_back(client: Client, agent: User) -> None:
    client.force_login(agent)
    url = reverse("accounts:set_away")
    assert client.post(url, {"is_away": "1", "back": "/q/mine/"}).headers["Location"] == "/q/mine/"
    agent.refresh_from_db()
    since = agent.away_since
    assert since is not None
    assert "I am back" in client.get(reverse("accounts:profile")).content.decode()
    client.post(url, {"is_away": "1"})
    agent.refresh_from_db()
    assert agent.away_since == since
    client.post(url, {"is_away": "0"})
    agent.refresh_from_db()
    assert agent.away_since is None


def test_nobody_is_sent_to_another_site(client: Client, agent: User) -> None:
    client.force_login(agent)
    answer = client.post(reverse("accounts:set_away"), {"is_away": "1", "back": "//evil.example"})
    assert answer.headers["Location"] == "/"


def test_the_anonymous_sign_in_first(client: Client, departments: dict[str, Department]) -> None:
    answer = client.post(reverse("accounts:set_away"), {"is_away": "1"})
    assert answer.headers["Location"].startswith("/accounts/login/")
