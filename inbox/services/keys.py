"""Writing every stored secret anew under the newest key, so that an older one can be dropped."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from inbox.models import Channel

SECRETS = ("secret", "previous_secret", "credentials")
# What a Fernet token begins with: its version byte, in Base64.
CIPHERTEXT = "gAAAA"


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many channels were written anew, and the names of those no key opens."""

    channels: int
    unreadable: tuple[str, ...] = ()


def rotate_keys() -> Rotated:
    """Encrypt the secrets of every channel with the first of the keys.

    A secret that no key opens stays as it is, so that the right key can still be brought back.
    """
    done, unreadable = 0, []
    for pk in Channel.objects.order_by("pk").values_list("pk", flat=True):
        name = _rotate(pk)
        if name:
            unreadable.append(name)
        else:
            done += 1
    return Rotated(done, tuple(unreadable))


@transaction.atomic
def _rotate(pk: int) -> str:
    """Write one channel anew; its name when that cannot be done."""
    channel = Channel.objects.select_for_update().filter(pk=pk).first()
    if channel is None:
        return ""
    # The field hands out the ciphertext of what no key opens; saving it would wrap it for good.
    if any(str(getattr(channel, name) or "").startswith(CIPHERTEXT) for name in SECRETS):
        return channel.name
    channel.save(update_fields=list(SECRETS))
    return ""
