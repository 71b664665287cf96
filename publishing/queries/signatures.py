"""What replies end with."""

from __future__ import annotations

from accounts.access import access_of, departments_of
from accounts.models import Department, User
from publishing.models import Signing, SignOff

Style = Signing.Style


def signature_of(*, author: User, department: Department | None) -> str:
    """What is put under a reply of `author` for `department`; "" where nothing is signed.

    Initials begin with a space, a name with a new line: it is appended as it is.
    """
    if department is None:
        return ""
    signing = Signing.objects.filter(department=department).first()
    return _drawn(signing.style if signing else Style.OFF, author, sign_off_of(author))


def with_signature(text: str, signature: str) -> str:
    """`text` with the signature below, once: what is signed already stays as it is."""
    if not text.strip() or not signature or text.rstrip().endswith(signature.strip()):
        return text
    return text.rstrip() + signature


def without_signature(text: str, signature: str) -> str:
    """`text` as it was before it was signed, so that what is typed next does not follow a name."""
    return text.removesuffix(signature) if signature else text


def sign_off_of(user: User) -> str:
    """What a person chose to be called; "" for their initials or first name."""
    return SignOff.objects.filter(user=user).values_list("text", flat=True).first() or ""


def signatures_of(user: User) -> list[tuple[Department, str]]:
    """The departments whose tickets `user` answers, each with the signature there."""
    styles = _styles()
    own = sign_off_of(user)
    works = access_of(user).workable_department_ids
    return [
        (one, _drawn(styles.get(one.pk, Style.OFF), user, own).strip())
        for one in departments_of(user)
        if one.pk in works and one.is_active
    ]


def led_signings(user: User) -> list[tuple[Department, str]]:
    """The departments `user` leads, each with its style."""
    styles = _styles()
    led = access_of(user).led_department_ids
    return [(one, styles.get(one.pk, Style.OFF)) for one in departments_of(user) if one.pk in led]


def _styles() -> dict[int, str]:
    return dict(Signing.objects.values_list("department_id", "style"))


def _drawn(style: str, author: User, own: str) -> str:
    if style == Style.INITIALS:
        return f" ^{own or author.initials}"
    if style == Style.FIRST_NAME:
        return f"\n– {own or author.get_short_name()}"
    return ""
