"""What people and releases say for the checklist, and how it stood when a deployment began."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from zdt_core import database
from zdt_deploy.deployments.models import Deployment


class PreflightMark(database.ZdtModel):
    """A person's tick or waiver of one item. Of one item at most one mark holds at a time."""

    class Kind(models.TextChoices):
        TICK = "tick", _("tick")
        WAIVER = "waiver", _("waiver")

    deployment = models.ForeignKey(
        Deployment,
        on_delete=models.CASCADE,
        related_name="preflight_marks",
        verbose_name=_("deployment"),
    )
    item = models.CharField(_("item"), max_length=40)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    by = models.CharField(_("by"), max_length=220)
    reason = models.TextField(_("reason"), blank=True)
    at = models.DateTimeField(_("at"), db_default=database.Now())
    withdrawn_by = models.CharField(_("taken back by"), max_length=220, blank=True)
    withdrawn_at = models.DateTimeField(_("taken back"), null=True)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("id",)
        verbose_name = _("mark of the checklist")
        verbose_name_plural = _("marks of the checklist")
        default_permissions = ("view",)
        permissions = (
            ("tick_preflight", _("Can tick an item of the checklist, and take marks back")),
            ("waive_preflight", _("Can waive an item of the checklist")),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("deployment", "item"),
                condition=models.Q(withdrawn_at=None),
                name="zdt_preflight_mark_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.item} by {self.by}"


class PreflightReading(database.ZdtModel):
    """How the list before the deployment stood when its first users were sent."""

    deployment = models.OneToOneField(
        Deployment,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="preflight_reading",
        verbose_name=_("deployment"),
    )
    seen = models.JSONField(
        _("what was seen"), default=dict, encoder=DjangoJSONEncoder, help_text=_("By item.")
    )
    at = models.DateTimeField(_("at"), db_default=database.Now())

    class Meta(database.ZdtModel.Meta):
        abstract = False
        verbose_name = _("checklist at the start")
        verbose_name_plural = _("checklists at the start")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.pk}"


class ReleaseMigrations(database.ZdtModel):
    """The migrations in a release's code, told by that code; other code does not have them."""

    service = models.CharField(_("service"), max_length=40)
    environment = models.CharField(_("environment"), max_length=40)
    release = models.CharField(_("release"), max_length=40)
    names = models.JSONField(_("migrations"), default=list)
    takes = models.JSONField(
        _("what the release before may miss"),
        default=dict,
        help_text=_("Operations by migration, with how sure that is."),
    )
    at = models.DateTimeField(_("told"), db_default=database.Now())

    class Meta(database.ZdtModel.Meta):
        abstract = False
        verbose_name = _("migrations of a release")
        verbose_name_plural = _("migrations of releases")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(
                fields=("service", "environment", "release"), name="zdt_release_migrations_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.service} {self.release}"
