"""Settings: connecting a page of a network, step by step."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.views.gates import SignedInRequest, admins_only
from inbox.connectors.base import Network, network_of
from inbox.connectors.errors import NetworkError
from inbox.forms.connecting import BackfillForm, ConnectForm
from inbox.models import Channel
from inbox.queries.intake import choices
from inbox.services import connecting
from inbox.views.backfills import begin_backfill, is_confirmed

_LIMITS = {"work_days": settings.BACKFILL_WORK_DAYS}
SIGN_IN = "channel_sign_in"  # in the session: the channel, the state and the verifier


@admins_only
def choose(request: SignedInRequest) -> HttpResponse:
    """Which network?"""
    return render(request, "settings/channels/choose.html", {"choices": choices()})


@admins_only
@never_cache
def begin(request: SignedInRequest, connector: str) -> HttpResponse:
    """Paste credentials, or go and sign in; nothing is saved that the network does not know."""
    network = _network(connector)
    form = ConnectForm(request.POST or None, network=network)
    if request.method == "POST" and form.is_valid():
        name, values = form.cleaned_data["name"], form.values
        if network.capabilities.sign_in:
            channel = connecting.begin(network=network, name=name, values=values, by=request.user)
            return _sign_in(request, channel)
        try:
            identity = connecting.identify(network=network, values=values)
        except NetworkError as error:
            form.add_error(None, _refusal(network, error))
        else:
            channel = connecting.begin(network=network, name=name, values=values, by=request.user)
            connecting.remember(channel=channel, identity=identity, by=request.user)
            return redirect("inbox:channel_connect", channel.pk)
    return render(request, "settings/channels/begin.html", {"form": form, "network": network})


@admins_only
@never_cache
def reconnect(request: SignedInRequest, pk: int) -> HttpResponse:
    """Other credentials for a channel that has some."""
    channel = _channel(pk)
    network = _network(channel.connector)
    form = ConnectForm(request.POST or None, network=network, channel=channel)
    if request.method == "POST" and form.is_valid():
        connecting.replace_values(channel=channel, values=form.values, by=request.user)
        if network.capabilities.sign_in:
            return _sign_in(request, channel)
        return redirect("inbox:channel_connect", channel.pk)
    context = {"form": form, "network": network, "channel": channel}
    return render(request, "settings/channels/begin.html", context)


@admins_only
@never_cache
@require_GET
def signed_in(request: SignedInRequest) -> HttpResponse:
    """The admin is back from the network."""
    pending = request.session.pop(SIGN_IN, None)
    if pending is None or pending["state"] != request.GET.get("state"):
        messages.error(request, _("This sign-in was not begun here, or is over. Begin it again."))
        return redirect("inbox:channels")
    channel = _channel(pending["channel"])
    code = request.GET.get("code", "")
    if not code:
        messages.error(request, _("The network did not let us in. Begin the sign-in again."))
        return redirect("inbox:channel_reconnect", channel.pk)
    try:
        connecting.finish_sign_in(
            channel=channel,
            code=code,
            redirect_uri=_return_address(request),
            verifier=pending["verifier"],
            by=request.user,
        )
    except NetworkError as error:
        messages.error(request, _refusal(_network(channel.connector), error))
        return redirect("inbox:channel_reconnect", channel.pk)
    return redirect("inbox:channel_connect", channel.pk)


@admins_only
@never_cache
def connect(request: SignedInRequest, pk: int) -> HttpResponse:
    """The last step: what the test found, and how far back to begin."""
    channel = _channel(pk)
    form = BackfillForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and is_confirmed(form):
        if not connecting.is_connected(channel):
            messages.error(request, _("Test the connection first."))
            return redirect("inbox:channel_connect", pk)
        connecting.finish(channel=channel, by=request.user)
        messages.success(request, _("The channel is connected."))
        return begin_backfill(request, channel, form)
    for refusals in form.errors.values():
        messages.error(request, " ".join(str(refusal) for refusal in refusals))
    network = _network(channel.connector)
    context = {"channel": channel, "form": form, "network": network, **_LIMITS}
    return render(request, "settings/channels/connect.html", context)


@admins_only
@never_cache
@require_POST
def check(request: SignedInRequest, pk: int) -> HttpResponse:
    """Test the credentials: who are we, what is missing, how busy is the page."""
    channel = _channel(pk)
    network = _network(channel.connector)
    context = {"channel": channel, "network": network, "form": BackfillForm(), **_LIMITS}
    try:
        context["check"] = connecting.check(channel=channel, by=request.user)
    except NetworkError as error:
        context["refusal"] = _refusal(network, error)
    is_fragment = bool(request.headers.get("HX-Request"))
    template = "settings/channels/_check.html" if is_fragment else "settings/channels/connect.html"
    return render(request, template, context)


def _sign_in(request: SignedInRequest, channel: Channel) -> HttpResponse:
    try:
        begun = connecting.start_sign_in(
            channel=channel, redirect_uri=_return_address(request), by=request.user
        )
    except NetworkError as error:
        messages.error(request, _refusal(_network(channel.connector), error))
        return redirect("inbox:channel_reconnect", channel.pk)
    request.session[SIGN_IN] = {
        "channel": channel.pk,
        "state": begun.state,
        "verifier": begun.verifier,
    }
    # A page with a link: the pages' own policy lets no form lead to another site.
    network = _network(channel.connector)
    context = {"channel": channel, "network": network, "url": begun.url}
    return render(request, "settings/channels/sign_in.html", context)


def _return_address(request: SignedInRequest) -> str:
    return request.build_absolute_uri(reverse("inbox:channel_signed_in"))


def _network(connector: str) -> Network:
    network = network_of(connector)
    if network is None or network.is_invented or not network.has_account:
        raise Http404
    return network


def _channel(pk: int) -> Channel:
    channel = get_object_or_404(Channel.objects.select_related("state"), pk=pk)
    _network(channel.connector)
    return channel


def _refusal(network: Network, error: NetworkError) -> str:
    return _("%(network)s %(reason)s.") % {"network": network.label, "reason": error.reason}
