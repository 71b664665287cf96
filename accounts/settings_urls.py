"""The settings pages of this room."""

from django.urls import path

from accounts.views import audit, departments, people, profile, skills, sla, tokens

app_name = "accounts"
urlpatterns = [
    path("profile/", profile.profile, name="profile"),
    path("departments/", departments.departments, name="departments"),
    path("departments/new/", departments.new_department, name="new_department"),
    path("departments/<slug:slug>/", departments.department, name="department"),
    path("away/", skills.set_away, name="set_away"),
    path("skills/", skills.skills, name="skills"),
    path("skills/<int:pk>/", skills.set_skills, name="set_skills"),
    path("sla/", sla.policies, name="sla_policies"),
    path("sla/new/", sla.new_policy, name="new_sla_policy"),
    path("sla/defaults/", sla.defaults, name="sla_defaults"),
    path("sla/<int:pk>/", sla.policy, name="sla_policy"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/membership/", people.set_membership, name="set_membership"),
    path(
        "people/<int:pk>/membership/<int:membership>/remove/",
        people.remove_membership,
        name="remove_membership",
    ),
    path("people/<int:pk>/switch/", people.switch, name="switch_person"),
    path("people/<int:pk>/password-link/", people.password_link, name="password_link"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.revoke_token, name="revoke_token"),
    path("audit/", audit.audit, name="audit"),
]
