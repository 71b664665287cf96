"""URLs of the inbox's settings pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
