"""A ticket that is drawn anew at the worst moment."""

from __future__ import annotations

from playwright.sync_api import Page, Route


def renew_before_the_answer(page: Page, address: str) -> None:
    """Draw the ticket anew after the server did what `address` asks for, before the page hears."""

    def renew(route: Route) -> None:
        answer = route.fetch()
        page.evaluate("() => window.crossdesk.renewTicket()")
        route.fulfill(response=answer)

    page.route(address, renew)
