"""What every action of the composer shares: the ticket, what was typed, how it is answered."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.cache import never_cache

from accounts.access import access_of
from inbox.models import Post, Ticket
from inbox.queries import tickets_in_full
from inbox.services.conflicts import Conflict, Refused
from inbox.views.desk import PersonRequest
from inbox.views.tickets import why_not
from publishing import services
from publishing.forms.composer import ComposerForm
from publishing.models import Reply
from publishing.queries.composer import Composer, composer_of
from publishing.services.problems import DraftChanged, Stopped

Afterwards = Reply.Afterwards
AFTERWARDS = (
    (Afterwards.RESOLVED, gettext_lazy("Send and resolve")),
    (Afterwards.PENDING, gettext_lazy("Send and wait for an answer")),
    (Afterwards.OPEN, gettext_lazy("Send and leave it open")),
)


def ticket_of(request: PersonRequest, pk: int) -> Ticket:
    """The ticket, or the one it was merged into; 404 for who may not see it."""
    found = get_object_or_404(tickets_in_full(request.user), pk=pk)
    if found.merged_into_id and found.merged_into_id != pk:
        return ticket_of(request, found.merged_into_id)
    return found


def draw(request: PersonRequest, ticket: Ticket, *, status: int = 200, **more: Any) -> HttpResponse:
    """The composer as it is now; a page of its own for a browser without htmx."""
    context = {"ticket": ticket, "oob": bool(request.htmx), "afterwards": AFTERWARDS, **more}
    if not access_of(request.user).works(ticket.department_id):
        context["refusal"] = why_not(request.user, ticket)
    elif "composer" not in context:
        post = request.GET.get("post", "")
        post_id = int(post) if post.isdecimal() and len(post) < 19 else 0
        context["composer"] = composer_of(ticket, request.user, post_id=post_id)
    begun = context.get("composer")
    context["is_open"] = bool(more or "post" in request.GET or (begun and begun.is_begun))
    template = "publishing/_composer.html" if request.htmx else "publishing/composer.html"
    return render(request, template, context, status=status)


@method_decorator(never_cache, name="dispatch")
class ComposerAction(LoginRequiredMixin, View):
    """Parse, authorise by fetching, save what was typed, call one service, show the outcome."""

    http_method_names = ["post", "options"]
    request: PersonRequest
    ticket: Ticket
    form: ComposerForm

    def do(self, draft: Reply) -> HttpResponse:
        """What this action is about, once the words are safe."""
        raise NotImplementedError

    def post(self, request: PersonRequest, pk: int) -> HttpResponse:
        self.ticket = ticket_of(request, pk)
        self.form = ComposerForm(request.POST)
        if not self.form.is_valid():
            return self.refuse(self.form.problems())
        try:
            return self.do(self.save())
        except DraftChanged as changed:
            return self.clash(changed)
        except Stopped as stopped:
            return self.again(status=409, stopped=stopped)
        except Conflict as conflict:
            return self.refuse(conflict.message, status=409)
        except Refused as refused:
            return self.refuse(refused.message)

    def save(self) -> Reply:
        """Keep the words, and what was said of the pictures."""
        said, by = self.form.cleaned_data, self.request.user
        draft = services.save_draft(
            ticket=self.ticket,
            author=by,
            text=said["text"],
            is_private=self.form.is_private,
            in_reply_to=self.post_of(said["in_reply_to"]),
            version=said["version"],
            seen=self.post_of(said["seen"]),
        )
        services.describe_uploads(reply=draft, alts=self.form.alts, by=by)
        return draft

    def post_of(self, key: int | None) -> Post | None:
        """A post of the ticket."""
        return Post.objects.filter(pk=key or 0, ticket=self.ticket).defer("search").first()

    def go_on(self, told: str = "") -> HttpResponse:
        """Show the composer as it is now."""
        if told:
            messages.success(self.request, told)
        if not self.request.htmx:
            return redirect(reverse("publishing:composer", args=[self.ticket.pk]))
        return draw(self.request, self.ticket, is_open=True)

    def refuse(self, message: str, *, status: int = 422) -> HttpResponse:
        """Say what is wrong, with what was typed still there."""
        if self.wants_json:
            return JsonResponse({"message": message}, status=status)
        return self.again(status=status, problem=message)

    def clash(self, changed: DraftChanged) -> HttpResponse:
        """Another device saved since: show its words beside these, overwrite neither."""
        theirs = changed.reply
        if self.wants_json:
            told = {"text": theirs.text, "version": theirs.version} if theirs else {"version": 0}
            return JsonResponse({"message": changed.message, "elsewhere": told}, status=409)
        version = theirs.version if theirs else 0
        return self.again(
            status=409, elsewhere=theirs, is_elsewhere=True, next_version=str(version)
        )

    def again(self, *, status: int, **more: Any) -> HttpResponse:
        """The composer with the words as they were typed."""
        said = self.form.cleaned_data if self.form.is_bound and self.form.is_valid() else {}
        typed = str(said.get("text", self.request.POST.get("text", "")))
        composer = composer_of(
            self.ticket,
            self.request.user,
            post_id=said.get("in_reply_to") or 0,
            typed=typed,
            wants_private=self.form.is_private,
        )
        return draw(self.request, self.ticket, status=status, composer=composer, **more)

    @property
    def wants_json(self) -> bool:
        """Whether the autosave of the browser asks."""
        return self.request.headers.get("Accept", "") == "application/json"


def as_json(composer: Composer, draft: Reply) -> dict[str, Any]:
    """What the browser learns when a draft was saved."""
    measured = composer.measured
    return {
        "version": draft.version,
        "is_private": draft.is_private,
        "length": measured.length,
        "limit": measured.limit,
        "over": measured.over,
        "told": _("Saved"),
    }
