"""The composer under the conversation, and what its buttons do."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from inbox.services.conflicts import Conflict, Refused
from inbox.views.desk import PersonRequest
from publishing import services
from publishing.macro_text import VARIABLES, left_open
from publishing.models import Macro, Reply, ReplyUpload
from publishing.queries.composer import composer_of
from publishing.views.composing import ComposerAction, as_json, draw, ticket_of

State = Reply.State


@never_cache
@login_required
@require_GET
def composer(request: PersonRequest, pk: int) -> HttpResponse:
    """The composer; the reason why there is none for who may not answer."""
    return draw(request, ticket_of(request, pk))


class SaveDraft(ComposerAction):
    """The browser saves as one types; without JavaScript a button does."""

    def do(self, draft: Reply) -> HttpResponse:
        if self.wants_json:
            return JsonResponse(as_json(composer_of(self.ticket, self.request.user), draft))
        return self.go_on("" if self.request.htmx else _("The draft is saved."))


class Preview(ComposerAction):
    """How the reply will look."""

    def do(self, draft: Reply) -> HttpResponse:  # noqa: ARG002
        if not self.request.htmx:
            return self.again(status=200, is_preview=True)
        shown = composer_of(self.ticket, self.request.user)
        context = {"composer": shown, "ticket": self.ticket}
        return render(self.request, "publishing/_preview.html", context)


class Send(ComposerAction):
    """Let it leave, after everything was looked at."""

    def do(self, draft: Reply) -> HttpResponse:
        if missing := left_open(draft.text):
            names = ", ".join(str(VARIABLES[name]) for name in missing)
            raise Refused(_("Fill in first: %s") % names, field="text")
        undescribed = draft.uploads.filter(alt="").exists()
        if undescribed and not self.form.cleaned_data["without_alt"]:
            return self.again(status=422, asks_for_alt=True)
        reply = services.send_reply(
            reply=draft,
            by=self.request.user,
            acknowledge=self.form.acknowledged,
            afterwards=self.form.cleaned_data["afterwards"] or None,
        )
        return self.gone(reply)

    def gone(self, reply: Reply) -> HttpResponse:
        """Say when it leaves, and show an empty composer."""
        if reply.state == State.IN_REVIEW:
            messages.info(self.request, _("The reply waits for approval."))
        if not self.request.htmx:
            return redirect(self.ticket)
        answer = draw(self.request, self.ticket)
        answer["HX-Trigger"] = json.dumps(
            {"crossdesk:replies": {}, "crossdesk:changed": {"ids": [self.ticket.pk]}}
        )
        return answer


class Discard(ComposerAction):
    """Throw the draft away; it can be brought back for a moment."""

    def do(self, draft: Reply) -> HttpResponse:
        services.discard_draft(reply=draft, by=self.request.user)
        return draw(self.request, self.ticket, discarded=draft)


class InsertMacro(ComposerAction):
    """Add a macro's words to the draft; the browser only asks for the words."""

    def do(self, draft: Reply) -> HttpResponse:
        usable = Macro.objects.readable_by(self.request.user).active()
        macro = get_object_or_404(usable, pk=self.form.cleaned_data["macro"] or 0)
        answered = draft.in_reply_to.contact if draft.in_reply_to else None
        filled = services.use_macro(
            macro=macro, ticket=self.ticket, by=self.request.user, listener=answered
        )
        if self.wants_json:
            asked = [str(VARIABLES[name]) for name in filled.missing]
            told = {"text": filled.text, "missing": asked, "version": draft.version}
            return JsonResponse(told)
        joined = "\n\n".join(part for part in (draft.text.rstrip(), filled.text) if part)
        services.save_draft(
            ticket=self.ticket, author=self.request.user, text=joined, version=draft.version
        )
        return self.go_on()


class Attach(ComposerAction):
    """Put pictures to the draft."""

    def do(self, draft: Reply) -> HttpResponse:
        files = self.request.FILES.getlist("file")
        if not files:
            raise Refused(_("Choose a picture first."), field="file")
        for file in files[:20]:
            services.add_upload(
                reply=draft, content=file.read(), name=file.name or "", by=self.request.user
            )
        return self.go_on()


class Detach(ComposerAction):
    """Take a picture out of the draft."""

    def do(self, draft: Reply) -> HttpResponse:
        key = self.form.cleaned_data["upload"] or 0
        if upload := draft.uploads.filter(pk=key).select_related("reply").first():
            services.remove_upload(upload=upload, by=self.request.user)
        return self.go_on()


class Restore(ComposerAction):
    """Bring back what was discarded a moment ago."""

    def post(self, request: PersonRequest, pk: int) -> HttpResponse:
        self.ticket = ticket_of(request, pk)
        key = request.POST.get("reply", "")
        mine = Reply.objects.filter(author=request.user, ticket=self.ticket)
        reply = get_object_or_404(mine, pk=int(key) if key.isdecimal() and len(key) < 19 else 0)
        try:
            services.restore_draft(reply=reply, by=request.user)
        except (Conflict, Refused) as refused:
            messages.warning(request, refused.message)
        return self.go_on()


@never_cache
@login_required
@require_GET
def upload(request: PersonRequest, pk: int) -> HttpResponse:
    """A picture of a reply, for those who may see the reply."""
    seen = Reply.objects.visible_to(request.user)
    found = get_object_or_404(ReplyUpload.objects.filter(reply__in=seen), pk=pk)
    headers: dict[str, Any] = {"Content-Disposition": "inline"}
    return HttpResponse(bytes(found.content), content_type=found.content_type, headers=headers)
