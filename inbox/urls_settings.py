"""URLs of the inbox's settings pages."""

from django.urls import path

from inbox.views import (
    author_lists,
    channels,
    health,
    imports,
    quarantine,
    rule_builder,
    rule_history,
    rules,
)

urlpatterns = [
    path("channels/", channels.listing, name="channels"),
    path("channels/new/", channels.create, name="channel_create"),
    path("channels/<int:pk>/", channels.detail, name="channel"),
    path("channels/<int:pk>/secret/", channels.rotate, name="channel_rotate"),
    path("channels/<int:pk>/switch/", channels.switch, name="channel_switch"),
    path("channels/<int:pk>/fetch/", channels.fetch, name="channel_fetch"),
    path("imports/", imports.listing, name="imports"),
    path("imports/new/", imports.create, name="import_create"),
    path("imports/<int:pk>/", imports.detail, name="import"),
    path("imports/<int:pk>/progress/", imports.progress, name="import_progress"),
    path("quarantine/", quarantine.listing, name="quarantine"),
    path("quarantine/replay/", quarantine.replay_all, name="quarantine_replay_all"),
    path("quarantine/<int:pk>/", quarantine.detail, name="quarantined"),
    path("quarantine/<int:pk>/replay/", quarantine.replay, name="quarantine_replay"),
    path("quarantine/<int:pk>/discard/", quarantine.discard, name="quarantine_discard"),
    path("rules/", rules.listing, name="rules"),
    path("rules/new/", rule_builder.create, name="rule_create"),
    path("rules/threshold/", rules.set_threshold, name="threshold"),
    path("rules/time-zone/", rules.set_time_zone, name="rule_time_zone"),
    path("rules/order/", rules.order, name="rule_order"),
    path("rules/lists/new/", author_lists.create, name="author_list_create"),
    path("rules/lists/<int:pk>/", author_lists.edit, name="author_list"),
    path("rules/lists/<int:pk>/delete/", author_lists.delete, name="author_list_delete"),
    path("rules/proposals/<int:pk>/", rule_history.proposal, name="rule_proposal"),
    path("rules/versions/<int:pk>/restore/", rule_history.restore, name="rule_restore"),
    path("rules/<int:pk>/", rule_builder.edit, name="rule"),
    path("rules/<int:pk>/history/", rule_history.history, name="rule_history"),
    path("rules/<int:pk>/delete/", rules.delete, name="rule_delete"),
    path("rules/<int:pk>/switch/", rules.switch, name="rule_switch"),
    path("rules/<int:pk>/move/", rules.move, name="rule_move"),
    path("health/", health.health, name="health"),
]
