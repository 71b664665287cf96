"""What connecting a channel says in words."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from inbox.connectors.base import Capabilities, Connector, Network, connectors
from inbox.models import Channel
from inbox.services.connecting import Check

register = template.Library()
WORDS = {
    "reply": _lazy("reply"),
    "private_reply": _lazy("reply in private"),
    "media": _lazy("send pictures"),
    "edit": _lazy("change what was sent"),
    "delete": _lazy("take back what was sent"),
    "hide": _lazy("hide posts"),
    "like": _lazy("like posts"),
}


@register.filter
def connector_label(slug: str) -> str:
    """What people call a connector; its slug when it is not installed any more."""
    found = connectors().get(slug)
    return str(found.label) if found else slug


@register.filter
def lasting(seconds: float | None) -> str:
    """A length of time as a person reads it, to two figures."""
    if seconds is None:
        return "–"
    for size, name in ((86_400, _("%s d")), (3_600, _("%s h")), (60, _("%s min"))):
        if seconds >= size:
            return name % f"{seconds / size:.2g}"
    return _("%s s") % f"{seconds:.2g}"


@register.simple_tag
def can(connector: Connector, channel: Channel) -> str:
    """What people can do through a channel, as a list in words."""
    able_to = _able(connector, channel)
    able = [str(word) for name, word in WORDS.items() if getattr(able_to, name)]
    return ", ".join(able) or _("read only")


@register.simple_tag
def cannot(connector: Connector, channel: Channel) -> list[tuple[str, str]]:
    """What is missing, each with the reason the connector gives."""
    missing = _able(connector, channel).missing
    return [(str(WORDS[name]), _(why)) for name, why in missing.items() if name in WORDS]


@register.simple_tag
def estimate(check: Check, days: int) -> str:
    """About how many posts a back-fill over `days` days brings."""
    found = check.sample.estimate(days)
    if not found.posts:
        return _("nothing seen lately") if not check.sample.fault else ""
    told = ngettext("about %(n)d post", "about %(n)d posts", found.posts) % {"n": found.posts}
    asked = ngettext("%(n)d request", "%(n)d requests", found.requests) % {"n": found.requests}
    took = ngettext("%(n)d minute", "%(n)d minutes", found.minutes) % {"n": found.minutes}
    if found.is_over_quota:
        return _("%(told)s, %(asked)s: more than the network allows now, so that it will wait") % {
            "told": told, "asked": asked,
        }  # fmt: skip
    return f"{told}, {asked}, {took}"


def _able(connector: Connector, channel: Channel) -> Capabilities:
    if isinstance(connector, Network):
        return connector.able(channel.settings)
    return connector.capabilities
