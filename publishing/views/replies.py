"""What was answered on a ticket: its states, and what can be done about each."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from inbox.models import Ticket
from inbox.queries import tickets_in_full
from inbox.services.conflicts import Conflict, Refused
from inbox.views.desk import PersonRequest
from publishing import services
from publishing.models import Reply, ReplyChange
from publishing.queries.replies import (
    count_needing_attention,
    needing_attention,
    replies_of,
    shown_to,
)
from publishing.views.composing import ticket_of

MANY = 100  # From here on a number tells nothing more.


@never_cache
@login_required
@require_GET
def replies(request: PersonRequest, pk: int) -> HttpResponse:
    """The ticket's replies; a page of its own for a browser without htmx."""
    return _draw(request, ticket_of(request, pk))


@never_cache
@login_required
@require_GET
def reply(request: PersonRequest, pk: int) -> HttpResponse:
    """One reply as it is now, for a page that watches it."""
    found = _reply_of(request, pk)
    ticket = ticket_of(request, found.ticket_id)
    if not request.htmx:
        return redirect("publishing:replies", ticket.pk)
    context = {"shown": shown_to(request.user, found, ticket), "ticket": ticket}
    return render(request, "publishing/_reply.html", context)


@never_cache
@login_required
@require_GET
def attention(request: PersonRequest) -> HttpResponse:
    """Replies that wait for this person: not sent, perhaps sent, or to be approved."""
    found = needing_attention(request.user, after=request.GET.get("after", ""))
    return render(request, "publishing/attention.html", {"page": found})


@never_cache
@require_GET
def attention_count(request: HttpRequest) -> HttpResponse:
    """How many replies wait for this person, as it stands beside the queues; nothing for none."""
    if not request.user.is_authenticated:
        # Sent on to the sign-in, a page that asks by itself would show that in place of the number.
        return HttpResponse(status=401)
    found = count_needing_attention(request.user, most=MANY)
    return HttpResponse(f"{MANY - 1}+" if found == MANY else found or "")


def _reply_of(request: PersonRequest, pk: int) -> Reply:
    seen = Reply.objects.visible_to(request.user)
    dressed = seen.select_related("ticket", "channel", "in_reply_to", "author", "post")
    return get_object_or_404(dressed, pk=pk)


def _draw(
    request: PersonRequest, ticket: Ticket, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """The replies as they are now, with what went wrong."""
    shown = replies_of(ticket, request.user)
    context = {
        "ticket": ticket,
        "waiting": [one for one in shown if one.reply.state != Reply.State.SENT],
        "sent": [one for one in shown if one.reply.state == Reply.State.SENT],
        "problem": problem,
        "oob": bool(request.htmx),
    }
    template = "publishing/_replies.html" if request.htmx else "publishing/replies.html"
    return render(request, template, context, status=status)


@method_decorator(never_cache, name="dispatch")
class ReplyAction(LoginRequiredMixin, View):
    """Authorise by fetching, call one service, show the ticket's replies as they are then."""

    http_method_names = ["post", "options"]
    request: PersonRequest
    told: ClassVar[Any] = ""

    def do(self, found: Reply) -> None:
        """Call the service."""
        raise NotImplementedError

    def post(self, request: PersonRequest, pk: int) -> HttpResponse:
        found = _reply_of(request, pk)
        ticket = ticket_of(request, found.ticket_id)
        try:
            self.do(found)
        except Conflict as conflict:
            return self.refuse(ticket, conflict.message, status=409)
        except Refused as refused:
            return self.refuse(ticket, refused.message, status=422)
        if self.told:
            messages.info(request, str(self.told))
        if not request.htmx:
            return redirect("publishing:replies", ticket.pk)
        answer = _draw(request, ticket)
        # Words that came back are to be seen in the composer.
        answer["HX-Trigger"] = "crossdesk:draft"
        return answer

    def refuse(self, ticket: Ticket, message: str, *, status: int) -> HttpResponse:
        """Say why not, above the replies as they are now."""
        if not tickets_in_full(self.request.user).filter(pk=ticket.pk).exists():
            messages.warning(self.request, message)
            return redirect("inbox:home")
        return _draw(self.request, ticket, problem=message, status=status)

    @property
    def version(self) -> int | None:
        """The wording that was on the screen."""
        given = self.request.POST.get("version", "")
        return int(given) if given.isdecimal() and len(given) < 10 else None


class Undo(ReplyAction):
    """Take it back before it leaves."""

    told = gettext_lazy("Taken back: it is a draft again.")

    def do(self, found: Reply) -> None:
        services.undo_reply(reply=found, by=self.request.user)


class SendAnyway(ReplyAction):
    """Send what was stopped, in spite of the changes shown."""

    def do(self, found: Reply) -> None:
        services.send_reply(
            reply=found,
            by=self.request.user,
            version=self.version,
            acknowledge=self.request.POST.getlist("acknowledge")[:100],
        )


class Retry(ReplyAction):
    """Send again what was not sent."""

    def do(self, found: Reply) -> None:
        seen = self.request.POST.getlist("acknowledge")[:100]
        services.retry_reply(reply=found, by=self.request.user, acknowledge=seen)


class Discard(ReplyAction):
    """Throw away what was not sent."""

    told = gettext_lazy("Discarded.")

    def do(self, found: Reply) -> None:
        services.discard_draft(reply=found, by=self.request.user)


class Approve(ReplyAction):
    """Let exactly this text leave."""

    def do(self, found: Reply) -> None:
        done = services.approve_reply(reply=found, by=self.request.user, version=self.version)
        if done.state == Reply.State.DRAFT:
            told = _("Not approved: the thread changed, so its author looks at it again.")
            messages.warning(self.request, f"{told} {done.error}")


class Reject(ReplyAction):
    """Send it back to its author."""

    def do(self, found: Reply) -> None:
        reason = self.request.POST.get("reason", "")
        services.reject_reply(reply=found, by=self.request.user, reason=reason)


class Decide(ReplyAction):
    """Say what the network could not."""

    def do(self, found: Reply) -> None:
        has_arrived = self.request.POST.get("arrived") == "1"
        services.decide_uncertain(reply=found, by=self.request.user, has_arrived=has_arrived)


class Edit(ReplyAction):
    """Change the words on the network."""

    def do(self, found: Reply) -> None:
        text = self.request.POST.get("text", "")
        services.edit_published(reply=found, by=self.request.user, text=text, version=self.version)


class Delete(ReplyAction):
    """Take it off the network."""

    def do(self, found: Reply) -> None:
        services.delete_published(reply=found, by=self.request.user)


class UndoChange(ReplyAction):
    """Leave it on the network as it is."""

    told = gettext_lazy("Taken back.")

    def do(self, found: Reply) -> None:
        waiting = found.changes.filter(state=ReplyChange.State.WAITING).first()
        if waiting is None:
            raise Refused(_("Too late: this reply went on meanwhile."), field="state")
        services.undo_change(change=waiting, by=self.request.user)
