"""Who of us wrote a reply, as the public may know it."""

from __future__ import annotations

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, User


@pghistory.track()
class Signing(models.Model):
    """How replies of a department are signed; a department without a row signs nothing."""

    class Style(models.TextChoices):
        OFF = "off", _("Not at all")
        INITIALS = "initials", _("Initials: ^AB")
        FIRST_NAME = "first_name", _("First name: – Maya")

    department = models.OneToOneField(
        Department, on_delete=models.CASCADE, related_name="signing", primary_key=True
    )
    style = models.CharField(_("style"), max_length=10, choices=Style.choices, default=Style.OFF)

    class Meta:
        verbose_name, verbose_name_plural = _("signature"), _("signatures")

    def __str__(self) -> str:
        return f"{self.department}: {self.get_style_display()}"


class SignOff(models.Model):
    """What a person wants to be called at the end of a reply, where a department signs."""

    LONGEST = 30

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, related_name="sign_off", primary_key=True
    )
    text = models.CharField(_("sign-off"), max_length=LONGEST)

    def __str__(self) -> str:
        return self.text
