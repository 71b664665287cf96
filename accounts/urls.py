"""Sign-in and the pages about people."""

from django.urls import include, path

urlpatterns = [path("", include("allauth.account.urls"))]
