"""Lists of known people: employees, journalists, VIPs."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from routing.matching import fold_handle
from routing.models import AuthorList

MOST_HANDLES = 20_000
LONGEST_HANDLE = 200


@transaction.atomic
def save_author_list(
    *, handles: Sequence[str], name: str = "", author_list: AuthorList | None = None
) -> AuthorList:
    """Make a list, or change one; its label stays, because rules name it.

    Raises `ValidationError` naming each wrong field.
    """
    row = author_list or AuthorList()
    row.name = " ".join((name or row.name).replace("\0", "").split())
    row.slug = row.slug or slugify(row.name)[:60]
    row.handles = _tidy(handles)
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def delete_author_list(*, author_list: AuthorList) -> None:
    """Remove a list; conditions that name it hold for nobody."""
    AuthorList.objects.filter(pk=author_list.pk).delete()


def _tidy(handles: Sequence[str]) -> list[str]:
    tidy = {fold_handle(handle): handle.strip() for handle in handles if "\0" not in handle}
    tidy.pop("", None)
    if len(tidy) > MOST_HANDLES:
        raise ValidationError({"handles": _("A list has at most %d handles.") % MOST_HANDLES})
    if any(len(handle) > LONGEST_HANDLE for handle in tidy.values()):
        message = _("A handle has at most %d characters.") % LONGEST_HANDLE
        raise ValidationError({"handles": message})
    return list(tidy.values())
