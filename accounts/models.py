"""People, departments, who works where, and API tokens."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, ClassVar

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    """Creates people; the e-mail address is the sign-in name."""

    def create_user(
        self,
        email: str,
        password: str | None = None,
        *,
        name: str = "",
        handle: str = "",
        **extra: Any,
    ) -> User:
        """Return a saved user. Without `handle` one is made from the e-mail address."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        email = self.normalize_email(email).lower()
        user = self.model(
            email=email,
            name=name,
            handle=handle or self._free_handle(email.partition("@")[0]),
            **extra,
        )
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        """Return a saved user who may do everything Django's permissions speak of."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def _free_handle(self, stem: str) -> str:
        base = "".join(c for c in stem.lower() if c.isalnum() or c in "._-")[:40] or "user"
        taken = set(self.filter(handle__startswith=base).values_list("handle", flat=True))
        return next(h for n in range(len(taken) + 2) if (h := f"{base}{n or ''}") not in taken)


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    # A link that sets somebody's password opens their account: it leaves a trace.
    pghistory.ManualEvent("password_link"),  # type: ignore[no-untyped-call]
    fields=["email", "name", "handle", "is_active"],
    model_name="UserEvent",
)
class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    handle = models.CharField(
        _("handle"),
        max_length=50,
        unique=True,
        validators=[
            RegexValidator(r"^[\w.-]+$", _("Letters, digits, dot, dash and underscore only."))
        ],
        help_text=_("Colleagues write @handle to mention this person."),
    )
    time_zone = models.CharField(_("time zone"), max_length=60, default="UTC")
    skills: models.ManyToManyField[Skill, PersonSkill] = models.ManyToManyField(
        "Skill", through="PersonSkill", related_name="people"
    )
    away_since = models.DateTimeField(
        _("away since"), null=True, blank=True, help_text="gets no ticket by skill meanwhile"
    )
    last_given_at = models.DateTimeField(
        null=True, editable=False, help_text="when a rule last gave them a ticket by skill"
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case_unique")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        """At most two letters that stand for the person where there is little room."""
        words = (self.name or self.email).split()
        return "".join(word[0] for word in (words[0], words[-1])[: len(words)]).upper()

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self).split()[0]


class DepartmentQuerySet(models.QuerySet["Department"]):
    def active(self) -> DepartmentQuerySet:
        return self.filter(is_active=True)


@pghistory.track()
class Department(models.Model):
    """A part of the company with a queue of its own. Its slug is the classifier's label."""

    class Hue(models.TextChoices):
        BLUE = "blue", _("Blue")
        VIOLET = "violet", _("Violet")
        ORANGE = "orange", _("Orange")
        GREEN = "green", _("Green")
        TEAL = "teal", _("Teal")
        ROSE = "rose", _("Rose")

    name = models.CharField(_("name"), max_length=60, unique=True)
    slug = models.SlugField(
        _("label"),
        max_length=60,
        unique=True,
        help_text=_("What the classifier calls it. It stays when the department is renamed."),
    )
    letter = models.CharField(_("letter"), max_length=1)
    hue = models.CharField(_("colour"), max_length=10, choices=Hue.choices, default=Hue.TEAL)
    is_confidential = models.BooleanField(
        _("confidential"), default=False, help_text=_("Only its members see its tickets.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects: ClassVar[models.Manager[Department]] = DepartmentQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("inbox:queue", args=[self.slug])


@pghistory.track()
class Membership(models.Model):
    """What a person may do in one department, or (department empty) in the whole organisation."""

    class Role(models.TextChoices):
        OBSERVER = "observer", _("Observer")
        AGENT = "agent", _("Agent")
        LEAD = "lead", _("Lead")
        ADMIN = "admin", _("Admin")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    department = models.ForeignKey(
        Department, on_delete=models.CASCADE, null=True, blank=True, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.AGENT)
    works_triage = models.BooleanField(
        _("works triage"),
        default=False,
        help_text=_("Sees and sorts tickets no department has yet."),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "department"], nulls_distinct=False, name="membership_once"
            ),
            models.CheckConstraint(
                condition=~Q(role="admin") | Q(department=None),
                name="membership_admin_is_organisation_wide",
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.user}: {self.get_role_display()} · {self.department or _('whole organisation')}"
        )


class Skill(models.Model):
    """What a person can do that others cannot: a language, a field; rules name it by its label."""

    slug = models.CharField(_("label"), max_length=40, unique=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


@pghistory.track()
class PersonSkill(models.Model):
    """Who has which skill."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = _("skill of a person"), _("skills of people")
        constraints = [
            models.UniqueConstraint(fields=["user", "skill"], name="skill_once_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.skill}"


@pghistory.track()
class SlaPolicy(models.Model):
    """What a department promises: how soon it answers, and how soon the matter is settled.

    `shifts` maps a weekday (Monday is "0") to pairs of minutes after midnight; without any it works
    around the clock. `business_hours.BusinessHours` says what they mean.
    """

    class OnHandOver(models.TextChoices):
        KEEP = "keep", _("The clock runs on")
        RESET = "reset", _("The new department’s clock begins")

    MOST_MINUTES = 60 * 24 * 60
    TARGET = (MinValueValidator(1), MaxValueValidator(MOST_MINUTES))

    name = models.CharField(_("name"), max_length=60, unique=True)
    slug = models.SlugField(_("label"), max_length=60, unique=True)
    first_response_minutes = models.PositiveIntegerField(
        _("First response within (minutes)"), null=True, blank=True, validators=TARGET
    )
    resolution_minutes = models.PositiveIntegerField(
        _("Resolved within (minutes)"), null=True, blank=True, validators=TARGET
    )
    time_zone = models.CharField(_("time zone"), max_length=60, default="UTC")
    shifts = models.JSONField(_("working hours"), default=dict, blank=True)
    holidays = ArrayField(models.DateField(), verbose_name=_("holidays"), default=list, blank=True)
    pauses_pending = models.BooleanField(
        _("The clock stands still while we wait for their answer"), default=True
    )
    pauses_snoozed = models.BooleanField(
        _("The clock stands still while the ticket is snoozed"), default=False
    )
    on_hand_over = models.CharField(
        _("When a ticket is handed over"),
        max_length=10,
        choices=OnHandOver.choices,
        default=OnHandOver.RESET,
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("SLA policy"), _("SLA policies")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_response_minutes__isnull=False)
                | Q(resolution_minutes__isnull=False),
                name="sla_policy_promises_something",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class SlaDefault(models.Model):
    """The policy of a department's tickets, or of those of one priority."""

    department = models.ForeignKey(
        Department, on_delete=models.CASCADE, related_name="sla_defaults"
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), null=True, blank=True, help_text="0 (low) to 3 (urgent); empty: all others"
    )
    policy = models.ForeignKey(SlaPolicy, on_delete=models.PROTECT, related_name="defaults")

    class Meta:
        verbose_name, verbose_name_plural = _("usual SLA policy"), _("usual SLA policies")
        constraints = [
            models.UniqueConstraint(
                fields=["department", "priority"], nulls_distinct=False, name="sla_default_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.department}: {self.policy}"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def valid(self) -> ApiTokenQuerySet:
        """Tokens that still open the door."""
        return self.filter(expires_at__gt=timezone.now(), revoked_at=None, user__is_active=True)

    def with_key(self, key: str) -> ApiTokenQuerySet:
        """The token whose secret is `key`; only its SHA-256 is stored."""
        return self.filter(digest=ApiToken.digest_of(key))


class ApiToken(models.Model):
    """A secret that lets a program act as a person until a date."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    is_read_only = models.BooleanField(_("read only"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"))
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager[ApiToken]] = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def new_key() -> str:
        """A fresh secret; show it once."""
        return f"cd_{secrets.token_urlsafe(32)}"

    @staticmethod
    def digest_of(key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()
