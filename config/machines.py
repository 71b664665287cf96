"""The short way for what machines send: no session, language or form is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from inbox.views.webhooks import deliver

Answer = Callable[[HttpRequest], HttpResponseBase]
# As the URL map has it, which `tests/config/test_machines.py` compares.
ADDRESS = re.compile("/webhooks/([0-9]{1,18})/")


def deliveries_first(get_response: Answer) -> Answer:
    """Answer deliveries before what is for people, which would cost as much as keeping one."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        delivery = ADDRESS.fullmatch(request.path_info)
        return deliver(request, int(delivery[1])) if delivery else get_response(request)

    return answer
