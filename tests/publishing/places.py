"""A Facebook page on this machine, with people who write on it."""

from __future__ import annotations

from collections import Counter

from django.utils import timezone

from accounts.models import Department
from inbox.connectors.types import IncomingAuthor, IncomingPost
from inbox.models import Channel, Post, Ticket
from inbox.services.access import store_credentials
from inbox.services.receive import receive
from tests.factories import make_channel
from tests.networks.graph import FacebookPage
from tests.networks.stub import Answer, Asked, Stub

# A request of a killed worker may still be at the server: nothing is certain before.
SETTLE_SECONDS = 0.5


class FailingPage(FacebookPage):
    """A page whose next answers to comments are `broken`, after it did what they asked for."""

    def __init__(self, account: str) -> None:
        super().__init__(account)
        self.broken: list[Answer] = []

    def answer(self, asked: Asked) -> Answer:
        done = super().answer(asked)
        is_comment = asked.method == "POST" and asked.path.endswith("/comments")
        return self.broken.pop(0) if is_comment and self.broken else done


class StubPlace:
    """A Facebook page on this machine."""

    def __init__(self, stub: Stub, page: FailingPage, department: Department) -> None:
        self.stub, self.page, self.department = stub, page, department
        self.root = page.post()
        access = page.access(stub)
        self.channel: Channel = make_channel(
            connector="facebook", own_ids=[page.account],
            settings={**access.settings, "base_url": stub.url,
                      "settle_seconds": str(SETTLE_SECONDS)},
        )  # fmt: skip
        store_credentials(channel=self.channel, secrets=access.secrets, by=None)

    def write(self, count: int) -> list[Post]:
        comments = [self.page.comment("My bread came burnt.", self.root) for _ in range(count)]
        receive(
            self.channel,
            [
                IncomingPost(
                    comment.id, text=comment.text, posted_at=timezone.now(), kind="comment",
                    author=IncomingAuthor(comment.author, name=comment.name),
                )
                for comment in comments
            ],
        )  # fmt: skip
        Ticket.objects.filter(channel=self.channel).update(department=self.department)
        named = [comment.id for comment in comments]
        return list(Post.objects.filter(channel=self.channel, external_id__in=named))

    def said(self) -> Counter[str]:
        return Counter(thing.text for thing in self.page.published)
