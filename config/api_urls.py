"""The API's URLs."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
