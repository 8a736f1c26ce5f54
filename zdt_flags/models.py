"""Flags and the people they name."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from zdt_core import database


class Flag(database.ZdtModel):
    """A switch that code asks by name."""

    name = models.CharField(
        _("name"),
        max_length=100,
        primary_key=True,
        validators=[
            RegexValidator(
                r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z",
                _("Use letters, digits, dots, dashes and underscores."),
            )
        ],
    )
    enabled = models.BooleanField(_("enabled"), default=False)
    percentage = models.DecimalField(
        _("percentage"),
        max_digits=6,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("Empty: everyone, as soon as the flag is enabled."),
    )
    salt = models.CharField(
        _("salt"),
        max_length=100,
        blank=True,
        help_text=_("What is hashed with the user; the name when empty. Keep it when you rename."),
    )
    description = models.TextField(_("description"), blank=True)
    owner = models.CharField(_("owner"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=database.Now())
    updated_at = models.DateTimeField(_("updated"), db_default=database.Now())
    revision = models.PositiveIntegerField(_("revision"), default=1)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("name",)
        verbose_name = _("flag")
        verbose_name_plural = _("flags")
        permissions = (("set_percentage", _("Can change a flag's percentage")),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(percentage__isnull=True)
                | models.Q(percentage__gte=0, percentage__lte=100),
                name="zdt_flag_percentage",
                violation_error_message=_("A percentage lies between 0 and 100."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Target(database.ZdtModel):
    """A user that a flag names: allowed is on before any percentage, denied is off."""

    class Verdict(models.TextChoices):
        ALLOW = "allow", _("allow")
        DENY = "deny", _("deny")

    flag = models.ForeignKey(
        Flag, on_delete=models.CASCADE, related_name="targets", verbose_name=_("flag")
    )
    value = models.CharField(_("user"), max_length=200)
    verdict = models.CharField(_("verdict"), max_length=5, choices=Verdict, default=Verdict.ALLOW)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("value",)
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = (
            models.UniqueConstraint(fields=("flag", "value"), name="zdt_flag_target_once"),
        )

    def __str__(self) -> str:
        return f"{self.verdict} {self.value}"


class SnapshotVersion(database.ZdtModel):
    """One row that a trigger bumps with every change of flags or targets, psql included."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    version = models.BigIntegerField(_("version"), default=1)
    changed_at = models.DateTimeField(_("changed"), db_default=database.Now())

    class Meta(database.ZdtModel.Meta):
        abstract = False
        verbose_name = _("snapshot version")
        verbose_name_plural = _("snapshot versions")
        default_permissions = ()
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="zdt_flag_one_version"),
        )

    def __str__(self) -> str:
        return str(self.version)
