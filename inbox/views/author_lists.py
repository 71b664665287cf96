"""Lists of known people that rules speak of."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.views.gates import SignedInRequest, admins_only
from inbox.forms.rules import AuthorListForm
from routing import services
from routing.models import AuthorList


@admins_only
def create(request: SignedInRequest) -> HttpResponse:
    """A new list."""
    return _edit(request, None)


@admins_only
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who is on a list."""
    return _edit(request, get_object_or_404(AuthorList, pk=pk))


@admins_only
@require_POST
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remove a list; rules that name it say so."""
    services.delete_author_list(author_list=get_object_or_404(AuthorList, pk=pk))
    messages.success(request, _("The list is gone."))
    return redirect("inbox:rules")


def _edit(request: SignedInRequest, row: AuthorList | None) -> HttpResponse:
    form = AuthorListForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        stored = AuthorList.objects.get(pk=row.pk) if row else None
        try:
            services.save_author_list(
                author_list=stored, name=said["name"], handles=said["handles"]
            )
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("Saved."))
            return redirect("inbox:rules")
    return render(request, "settings/rules/author_list.html", {"form": form, "list": row})
