"""How replies are signed."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import access_of
from accounts.models import Department, User
from accounts.services.trail import signed
from inbox.services.conflicts import NotAllowed, Refused
from publishing.models import Signing, SignOff
from publishing.queries.signatures import signature_of, with_signature, without_signature

Style = Signing.Style


def signed_text(*, text: str, author: User, department: Department | None) -> str:
    """`text` with the signature below, once: what is signed already stays as it is."""
    return with_signature(text, signature_of(author=author, department=department))


def unsigned_text(*, text: str, author: User | None, department: Department | None) -> str:
    """`text` without the signature that `signed_text` put below it."""
    if author is None:
        return text
    return without_signature(text, signature_of(author=author, department=department))


@transaction.atomic
def set_signing(*, department: Department, style: str, by: User | None) -> Signing:
    """Say how replies of `department` are signed from now on; None is the command line.

    Raises `Refused`, `NotAllowed` when `by` does not lead the department.
    """
    if by is not None and department.pk not in access_of(by).led_department_ids:
        raise NotAllowed(_("Only its leads say how a department signs."))
    if style not in Style.values:
        raise Refused(_("There is no such way to sign."), field="style")
    with signed(by):
        return Signing.objects.update_or_create(department=department, defaults={"style": style})[0]


@transaction.atomic
def set_sign_off(*, user: User, text: str) -> str:
    """Say what `user` is called at the end of replies; an empty text is their initials or name."""
    text = " ".join(text.replace("\0", "").split()).lstrip("^–- ")
    if len(text) > SignOff.LONGEST:
        told = {"most": SignOff.LONGEST}
        raise Refused(_("A sign-off has at most %(most)d characters.") % told, field="text")
    if not text:
        SignOff.objects.filter(user=user).delete()
    else:
        SignOff.objects.update_or_create(user=user, defaults={"text": text})
    return text
