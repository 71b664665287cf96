"""Departments: list, add, change."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import services
from accounts.forms import DepartmentForm
from accounts.models import Department
from accounts.views.gates import SignedInRequest, admins_only, show_refusal


@admins_only
def departments(request: SignedInRequest) -> HttpResponse:
    """All departments, those put away at the end."""
    active = Count("memberships", filter=Q(memberships__user__is_active=True))
    found = Department.objects.annotate(member_count=active).order_by(
        "-is_active", "position", "name"
    )
    return render(request, "accounts/departments.html", {"departments": found})


@admins_only
def new_department(request: SignedInRequest) -> HttpResponse:
    """Add a department."""
    form = DepartmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_department(by=request.user, **form.cleaned_data)
        except services.Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("%(name)s has a queue now.") % {"name": made.name})
            return redirect("accounts:departments")
    return render(request, "accounts/department.html", {"form": form})


@admins_only
def department(request: SignedInRequest, slug: str) -> HttpResponse:
    """Rename, recolour, put away, or change who sees it."""
    found = get_object_or_404(Department, slug=slug)
    form = DepartmentForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        values = {key: form.cleaned_data[key] for key in form.Meta.fields}
        try:
            services.update_department(department=found, by=request.user, **values)
        except services.Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:departments")
    kept = Department.objects.get(pk=found.pk)
    return render(request, "accounts/department.html", {"form": form, "department": kept})
