"""The record of a schema change, the proof that its columns are equal, who knows its new shape."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from zdt_core import database
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.schema import phases


class SchemaChange(database.ZdtModel):
    """One change on its way from the old shape to the new one.

    ``spec`` holds all that its physical steps need, so that an owed one can be done without the
    migration. `zdt_deploy.schema.changes` alone moves the phase.
    """

    class Phase(models.TextChoices):
        EXPANDED = phases.Phase.EXPANDED.value, _("expanded")
        BACKFILLING = phases.Phase.BACKFILLING.value, _("backfilling")
        VERIFIED = phases.Phase.VERIFIED.value, _("verified")
        SWITCHED = phases.Phase.SWITCHED.value, _("switched")
        CONTRACTED = phases.Phase.CONTRACTED.value, _("contracted")

    key = models.CharField(_("change"), max_length=200)
    alias = models.CharField(_("database alias"), max_length=100)
    kind = models.CharField(_("kind"), max_length=40)
    app_label = models.CharField(_("app"), max_length=100)
    model_name = models.CharField(_("model"), max_length=100)
    table = models.CharField(_("table"), max_length=200)
    spec = models.JSONField(_("facts of the change"), default=dict, encoder=DjangoJSONEncoder)
    phase = models.CharField(
        _("phase"), max_length=12, choices=Phase.choices, default=Phase.EXPANDED
    )
    born_empty = models.BooleanField(
        _("born empty"), default=False, help_text=_("The table had no row when it was expanded.")
    )
    backfill = models.ForeignKey(
        Backfill, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("backfill")
    )
    observe_seconds = models.FloatField(_("seconds to observe after the switch"))
    obstacles = models.JSONField(
        _("what keeps its contract owed"),
        default=list,
        blank=True,
        encoder=DjangoJSONEncoder,
        help_text=_("When its gate was asked last."),
    )
    asked_at = models.DateTimeField(_("gate asked"), null=True)
    problem = models.CharField(_("problem"), max_length=60, blank=True)
    problem_params = models.JSONField(
        _("facts of the problem"), default=dict, blank=True, encoder=DjangoJSONEncoder
    )
    expanded_at = models.DateTimeField(_("expanded"), db_default=database.Now())
    verified_at = models.DateTimeField(_("verified"), null=True)
    switched_at = models.DateTimeField(_("switched"), null=True)
    stopped_at = models.DateTimeField(
        _("way back given up"),
        null=True,
        help_text=_("When a value of new code did not fit into the old column for the first time."),
    )
    owed_at = models.DateTimeField(
        _("owed since"), null=True, help_text=_("Its contract counts as applied and is still due.")
    )
    contracting_at = models.DateTimeField(
        _("contract begun"), null=True, help_text=_("Its physical step was begun, and not ended.")
    )
    contracted_at = models.DateTimeField(_("contracted"), null=True)
    revision = models.PositiveIntegerField(_("revision"), default=1)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("-id",)
        verbose_name = _("schema change")
        verbose_name_plural = _("schema changes")
        default_permissions = ("view",)
        permissions = (
            ("advance_schemachange", _("Can verify and advance a schema change")),
            ("force_schemachange", _("Can contract a schema change against its gates")),
        )
        constraints = (
            models.UniqueConstraint(fields=("alias", "key"), name="zdt_schema_change_once"),
        )

    def __str__(self) -> str:
        return self.key


class Certificate(database.ZdtModel):
    """A comparison of every row, in ranges with a snapshot each; valid for one trigger only."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        VALID = "valid", _("valid")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")

    change = models.ForeignKey(
        SchemaChange,
        on_delete=models.CASCADE,
        related_name="certificates",
        verbose_name=_("change"),
    )
    backfill = models.ForeignKey(
        Backfill, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("run")
    )
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.RUNNING)
    trigger = models.CharField(
        _("mark of the trigger"),
        max_length=64,
        help_text=_("It changes when the trigger is altered, disabled or made anew."),
    )
    rows = models.BigIntegerField(_("rows compared"), default=0)
    different = models.BigIntegerField(_("rows that differ"), default=0)
    lossy = models.BigIntegerField(
        _("rows that don't convert back"), default=0, help_text=_("down(up(x)) is not x.")
    )
    nulls = models.BigIntegerField(
        _("rows with a NULL too many"),
        default=0,
        help_text=_("In a new column that the models say is never NULL."),
    )
    samples = models.JSONField(
        _("keys of such rows"), default=list, help_text=_("The first hundred.")
    )
    code = models.CharField(_("why it is not valid"), max_length=60, blank=True)
    started_at = models.DateTimeField(_("started"), db_default=database.Now())
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("-id",)
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.change_id}: {self.state}"


class KnownShape(database.ZdtModel):
    """A release whose code reads the new shape of a change; noted when it migrates."""

    change = models.ForeignKey(
        SchemaChange, on_delete=models.CASCADE, related_name="known_by", verbose_name=_("change")
    )
    service = models.CharField(_("service"), max_length=40)
    release = models.CharField(_("release"), max_length=40)
    at = models.DateTimeField(_("noted"), db_default=database.Now())

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("id",)
        verbose_name = _("known shape")
        verbose_name_plural = _("known shapes")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(
                fields=("change", "service", "release"), name="zdt_known_shape_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.service} {self.release}"
