"""Settings: what could not be taken in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.views.gates import SignedInRequest, admins_only
from inbox.connectors.types import ParseError
from inbox.forms.quarantine import FilterForm, RepairForm
from inbox.models import QuarantinedPayload
from inbox.queries.intake import quarantine_page
from inbox.services import quarantine
from inbox.services.conflicts import Refused

SHOWN = 64 * 1024
REPLAYED_AT_ONCE = 500


@admins_only
def listing(request: SignedInRequest) -> HttpResponse:
    """What waits, newest first."""
    form = FilterForm(request.GET)
    page = quarantine_page(form.chosen(), after=request.GET.get("after", ""))
    kept = request.GET.copy()
    kept.pop("after", None)
    context = {"page": page, "form": form, "query": kept.urlencode()}
    return render(request, "settings/quarantine/list.html", context)


@admins_only
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One payload: its bytes, what is wrong with them, and a way to repair them."""
    payload = _payload(pk)
    form = RepairForm(request.POST or {"raw": _editable(bytes(payload.raw)) or ""})
    if request.method == "POST" and form.is_valid():
        try:
            quarantine.replay(
                payload=payload, by=request.user, raw=form.cleaned_data["raw"].encode()
            )
        except (ParseError, Refused) as error:
            form.add_error("raw", _why(error))
        else:
            messages.success(request, _("Taken in."))
            return redirect("inbox:quarantine")
    return render(request, "settings/quarantine/detail.html", _shown(payload, form))


@admins_only
@require_POST
def replay(request: SignedInRequest, pk: int) -> HttpResponse:
    """Try one payload again as it came."""
    try:
        quarantine.replay(payload=_payload(pk), by=request.user)
    except (ParseError, Refused) as error:
        messages.error(request, _("Still not taken in: %(why)s.") % {"why": _why(error)})
        return redirect("inbox:quarantined", pk)
    messages.success(request, _("Taken in."))
    return redirect("inbox:quarantine")


@admins_only
@require_POST
def replay_all(request: SignedInRequest) -> HttpResponse:
    """Try everything again that the list shows and that waits."""
    form = FilterForm(request.POST)
    done, failed = replay_waiting(form, by=request.user)
    told = ngettext("%(n)d taken in", "%(n)d taken in", done) % {"n": done}
    left = ngettext("%(n)d still cannot be", "%(n)d still cannot be", failed) % {"n": failed}
    messages.info(request, f"{told}, {left}.")
    return redirect("inbox:quarantine")


@admins_only
@require_POST
def discard(request: SignedInRequest, pk: int) -> HttpResponse:
    """Settle a payload without taking it in."""
    try:
        quarantine.discard(payload=_payload(pk), by=request.user)
    except Refused as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Discarded."))
    return redirect("inbox:quarantine")


def replay_waiting(form: FilterForm, *, by: User) -> tuple[int, int]:
    """Replay what `form` chooses and waits; how many went in and how many did not."""
    waiting = form.chosen().apply().filter(state=QuarantinedPayload.State.WAITING)
    payloads = waiting.select_related("channel", "from_import").order_by("pk")[:REPLAYED_AT_ONCE]
    return quarantine.replay_many(payloads=payloads, by=by)


def _payload(pk: int) -> QuarantinedPayload:
    related = QuarantinedPayload.objects.select_related("channel", "from_import", "settled_by")
    return get_object_or_404(related, pk=pk)


def _shown(payload: QuarantinedPayload, form: RepairForm) -> dict[str, object]:
    raw = bytes(payload.raw)
    text = _editable(raw)
    return {
        "payload": payload,
        "form": form,
        "text": raw[:SHOWN].decode("utf-8", "replace"),
        "hex": "" if text is not None else raw[:4096].hex(" "),
        "size": len(raw),
        "is_cut": len(raw) > SHOWN,
        "can_edit": payload.state == QuarantinedPayload.State.WAITING and text is not None,
    }


def _editable(raw: bytes) -> str | None:
    """The text a person can repair in the browser; None for bytes, and for more than they could."""
    try:
        return raw.decode() if len(raw) <= SHOWN and b"\x00" not in raw else None
    except UnicodeDecodeError:
        return None


def _why(error: ParseError | Refused) -> str:
    if isinstance(error, Refused):
        return error.message
    return f"{error.field} {error.reason}".strip()
