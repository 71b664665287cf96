"""Deliveries take a short way through the web server, to the same view at the same address."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import resolve, reverse

from config import machines
from inbox.views.webhooks import deliver


def people(request: HttpRequest) -> HttpResponse:
    return HttpResponse("for people")


def test_the_address_is_that_of_the_url_map() -> None:
    address = reverse("inbox:deliver", args=[7])
    found = machines.ADDRESS.fullmatch(address)
    assert found is not None
    assert (found[1], resolve(address).func) == ("7", deliver)


@pytest.mark.parametrize("address", ["/", "/webhooks/", "/webhooks/x/", "/webhooks/7/more/"])
def test_everything_else_goes_the_way_of_people(rf: RequestFactory, address: str) -> None:
    answer = machines.deliveries_first(people)(rf.post(address))
    assert getattr(answer, "content", b"") == b"for people"


@pytest.mark.django_db
def test_a_delivery_does_not_meet_what_is_for_people(rf: RequestFactory) -> None:
    answer = machines.deliveries_first(people)(
        rf.post("/webhooks/7/", b"{}", content_type="application/json")
    )
    assert answer.status_code == 404
