"""The URL map: each room brings its own."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("accounts.urls")),
    path("settings/", include("accounts.settings_urls")),
    path("api/", include("config.api_urls")),
    path("", include("publishing.urls")),
    path("", include("inbox.urls")),
]
