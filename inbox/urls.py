"""The inbox's URLs."""

from django.urls import URLPattern, URLResolver, include, path

from inbox.views import webhooks

app_name = "inbox"
urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/", include("inbox.urls_settings")),
    path("webhooks/<int:pk>/", webhooks.deliver, name="deliver"),
]
