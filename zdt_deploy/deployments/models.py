"""The record of a deployment."""

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from zdt_core import database
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import plans, states


class Plan(database.ZdtModel):
    """A named plan that deployments copy when they start; see `zdt_deploy.deployments.plans`."""

    name = models.SlugField(_("name"), max_length=40, unique=True)
    fields = models.JSONField(
        _("fields"),
        default=dict,
        blank=True,
        help_text=_("What differs from the defaults of zdt_deploy.deployments.plans.Plan."),
    )

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("name",)
        verbose_name = _("plan")
        verbose_name_plural = _("plans")

    def __str__(self) -> str:
        return self.name

    def rules(self) -> plans.Plan:
        """The plan that this row describes. Raises Refused."""
        fields = self.fields
        if self.name in tuple(states.Strategy) and isinstance(fields, dict):
            fields = {**fields, "strategy": self.name}  # it stands in for the built-in plan
        return plans.Plan.wished(fields)

    def clean(self) -> None:
        try:
            self.rules()
        except Refused as refusal:
            raise ValidationError({"fields": str(refusal)}, code=refusal.code) from refusal


class Deployment(database.ZdtModel):
    """One release on its way to all users, or back.

    State changes go through `zdt_deploy.deployments.machine` alone; `revision` grows with each,
    and a writer that read an older one is refused.
    """

    id = models.CharField(_("id"), max_length=40, primary_key=True)
    service = models.CharField(_("service"), max_length=40)
    environment = models.CharField(_("environment"), max_length=40)
    version = models.CharField(_("version"), max_length=40)
    previous_version = models.CharField(
        _("previous version"),
        max_length=40,
        help_text=_("What serves stable users, and the way back."),
    )
    strategy = models.CharField(_("strategy"), max_length=12, choices=states.Strategy.choices())
    plan = models.JSONField(_("plan"), default=dict)
    state = models.CharField(
        _("state"),
        max_length=16,
        choices=states.State.choices(),
        default=states.State.PENDING.value,
    )
    step = models.PositiveSmallIntegerField(_("step"), default=0)
    step_since = models.DateTimeField(
        _("step since"),
        null=True,
        help_text=_("When its share reached every router; until then, when it was published."),
    )
    step_arrived = models.BooleanField(_("step has arrived"), default=False)
    regions = models.JSONField(
        _("regions"),
        default=dict,
        blank=True,
        help_text=_("Since when each region of the plan has had its share, or that it went back."),
    )
    state_since = models.DateTimeField(_("state since"), db_default=database.Now())
    code = models.CharField(_("code"), max_length=60, blank=True)
    params = models.JSONField(_("facts"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    started_by = models.CharField(_("started by"), max_length=220)
    reason = models.TextField(_("reason"), blank=True)
    created_at = models.DateTimeField(_("created"), db_default=database.Now())
    started_at = models.DateTimeField(_("first traffic"), null=True)
    promoted_at = models.DateTimeField(_("at 100 %"), null=True)
    window_until = models.DateTimeField(_("rollback window until"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    emergency_until = models.DateTimeField(
        _("emergency until"),
        null=True,
        help_text=_("Until then it passes freezes and skips observation, as two people agreed."),
    )
    instances = models.PositiveIntegerField(
        _("instances"),
        default=0,
        help_text=_("The most processes of the new release that were alive at one of its steps."),
    )
    revision = models.PositiveIntegerField(_("revision"), default=1)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("-created_at", "-id")
        verbose_name = _("deployment")
        verbose_name_plural = _("deployments")
        default_permissions = ("view",)
        permissions = (
            ("start_deployment", _("Can start a deployment")),
            ("advance_deployment", _("Can advance a deployment")),
            ("pause_deployment", _("Can pause and resume a deployment")),
            ("rollback_deployment", _("Can roll a deployment back")),
            ("complete_deployment", _("Can complete a deployment")),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("service", "environment"),
                condition=models.Q(state__in=sorted(states.ACTIVE)),
                name="zdt_one_active_deployment",
                violation_error_code="duplicate_deployment",
            ),
            models.CheckConstraint(
                condition=~models.Q(version=models.F("previous_version")),
                name="zdt_deployment_changes_version",
            ),
        )
        indexes = (
            models.Index(
                fields=("service", "environment", "-created_at"), name="zdt_deployment_recent"
            ),
        )

    def __str__(self) -> str:
        return f"{self.service} {self.version} → {self.environment}"


class Artifact(database.ZdtModel):
    """A file that was shipped, by its SHA-256."""

    deployment = models.ForeignKey(
        Deployment, on_delete=models.CASCADE, related_name="artifacts", verbose_name=_("deployment")
    )
    name = models.CharField(_("name"), max_length=100)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.BigIntegerField(_("bytes"), null=True)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("name",)
        verbose_name = _("artifact")
        verbose_name_plural = _("artifacts")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(fields=("deployment", "name"), name="zdt_artifact_name"),
            models.CheckConstraint(
                condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="zdt_artifact_sha256"
            ),
        )

    def __str__(self) -> str:
        return self.name
