"""Settings: connected pages and feeds."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.views.gates import SignedInRequest, admins_only
from inbox.connectors.base import connectors, network_of
from inbox.connectors.errors import NetworkError
from inbox.forms.channels import NETWORKS, ChannelForm, RepliesForm, RotateForm
from inbox.models import Channel
from inbox.queries.intake import channel_page
from inbox.services import answering, channels, feeds, polling
from inbox.services.feeds import Polled


@admins_only
def listing(request: SignedInRequest) -> HttpResponse:
    """All channels, by name."""
    page = channel_page(after=request.GET.get("after", ""))
    return render(request, "settings/channels/list.html", {"page": page})


@admins_only
@never_cache
def create(request: SignedInRequest) -> HttpResponse:
    """Connect a page or feed."""
    form = ChannelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        channel = channels.create_channel(by=request.user, **form.cleaned_data)
        messages.success(request, _("The channel is connected."))
        if channel.secret:
            return _show_secret(request, channel, channel.secret)
        return redirect("inbox:channel", channel.pk)
    return render(request, "settings/channels/form.html", {"form": form, "networks": NETWORKS})


@admins_only
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One channel: its settings, its secret's age, how it is doing."""
    channel = get_object_or_404(Channel.objects.select_related("state"), pk=pk)
    form = ChannelForm(request.POST or None, channel=channel)
    if request.method == "POST" and form.is_valid():
        channels.update_channel(channel=channel, changes=form.cleaned_data, by=request.user)
        messages.success(request, _("Saved."))
        return redirect("inbox:channel", pk)
    known = connectors().get(channel.connector)
    context = {
        "channel": channel,
        "form": form,
        "networks": NETWORKS,
        "rotate_form": RotateForm(),
        "replies_form": RepliesForm(initial={"reply_url": channel.settings.get("reply_url")}),
        "connector": known,
        "quotas": channel.quotas.all(),
        "address": request.build_absolute_uri(reverse("inbox:deliver", args=[pk])),
    }
    return render(request, "settings/channels/detail.html", context)


@admins_only
@never_cache
@require_POST
def rotate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make a new secret and show it, once."""
    channel = get_object_or_404(Channel, pk=pk, connector="webhook")
    form = RotateForm(request.POST)
    if not form.is_valid():
        return redirect("inbox:channel", pk)
    keep_for = timedelta(hours=form.cleaned_data["keep_hours"])
    secret = channels.rotate_secret(channel=channel, by=request.user, keep_for=keep_for)
    return _show_secret(request, channel, secret)


@admins_only
@never_cache
@require_POST
def replies(request: SignedInRequest, pk: int) -> HttpResponse:
    """Where replies go; without an address nowhere."""
    channel = get_object_or_404(Channel, pk=pk, connector="webhook")
    form = RepliesForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(e) for es in form.errors.values() for e in es))
        return redirect("inbox:channel", pk)
    address, secret = form.cleaned_data["reply_url"], form.cleaned_data["reply_secret"]
    if not address:
        answering.send_no_replies(channel=channel, by=request.user)
        messages.success(request, _("Replies are sent nowhere any more."))
        return redirect("inbox:channel", pk)
    try:
        answering.send_replies_to(channel=channel, address=address, secret=secret, by=request.user)
    except NetworkError as error:
        messages.error(request, _("The receiver %(why)s.") % {"why": error.reason})
    else:
        messages.success(request, _("The receiver has answered: replies go there from now on."))
    return redirect("inbox:channel", pk)


@admins_only
@require_POST
def switch(request: SignedInRequest, pk: int) -> HttpResponse:
    """Switch a channel on or off."""
    channel = get_object_or_404(Channel, pk=pk)
    is_active = request.POST.get("is_active") == "1"
    channels.set_active(channel=channel, is_active=is_active, by=request.user)
    messages.success(
        request, _("The channel is on again.") if is_active else _("The channel is switched off.")
    )
    return redirect("inbox:channel", pk)


@admins_only
@require_POST
def fetch(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask a feed now and say what came."""
    channel = get_object_or_404(Channel, pk=pk)
    if network_of(channel.connector) is not None:
        return _ask_network(request, channel)
    if channel.connector != "feed":
        raise Http404
    polled = feeds.poll(channel=channel, force=True)
    if polled is None:
        messages.warning(request, _("A worker is asking this feed right now."))
    elif polled.error:
        messages.error(request, _("The feed %(why)s.") % {"why": polled.error})
    else:
        messages.success(request, _told(polled))
    return redirect("inbox:channel", pk)


def _ask_network(request: SignedInRequest, channel: Channel) -> HttpResponse:
    try:
        polled = polling.poll(channel=channel, force=True)
    except LookupError:
        raise Http404 from None
    if polled is None:
        messages.warning(request, _("A worker is asking this network right now."))
    elif polled.error:
        messages.error(request, _("The network %(why)s.") % {"why": polled.error})
    else:
        read = ngettext("%(n)d post read", "%(n)d posts read", polled.posts) % {"n": polled.posts}
        created = polled.receipt.created
        new = ngettext("%(n)d is new", "%(n)d are new", created) % {"n": created}
        messages.success(request, f"{read}, {new}.")
    return redirect("inbox:channel", channel.pk)


def _told(polled: Polled) -> str:
    if polled.is_unchanged:
        return _("The feed has not changed since the last look.")
    entries = ngettext("%(n)d entry read", "%(n)d entries read", polled.entries)
    new = ngettext("%(n)d is new", "%(n)d are new", polled.receipt.created)
    return f"{entries % {'n': polled.entries}}, {new % {'n': polled.receipt.created}}."


def _show_secret(request: SignedInRequest, channel: Channel, secret: str) -> HttpResponse:
    address = request.build_absolute_uri(reverse("inbox:deliver", args=[channel.pk]))
    context = {"channel": channel, "secret": secret, "address": address}
    return render(request, "settings/channels/secret.html", context)
