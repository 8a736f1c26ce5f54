"""The truth about resumable work. RQ carries only the id of a run."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from zdt_core import database


class Run(database.ZdtModel):
    """One piece of long or recurring work, done in slices under a lease.

    `token` grows with every claim. A slice writes its data, its cursor and its renewed lease in
    one transaction that requires the token it claimed, so a slice that lost its lease leaves
    no trace.
    """

    class State(models.TextChoices):
        READY = "ready", _("ready")
        PAUSED = "paused", _("paused")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(
        _("key"), max_length=200, help_text=_("At most one live run has this kind and key.")
    )
    queue = models.CharField(_("queue"), max_length=40, default="zdt")
    params = models.JSONField(_("parameters"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READY)
    cursor = models.JSONField(_("cursor"), default=dict)
    done = models.BigIntegerField(_("done"), default=0)
    total = models.BigIntegerField(_("total"), null=True)
    rate = models.FloatField(
        _("rate"), null=True, help_text=_("Done per second of work, smoothed over half a minute.")
    )
    token = models.BigIntegerField(_("fencing token"), default=0)
    lease_until = models.DateTimeField(_("leased until"), null=True)
    holder = models.CharField(_("holder"), max_length=32, blank=True)
    due_at = models.DateTimeField(_("due"), db_default=database.Now())
    rung_at = models.DateTimeField(_("rung"), null=True)
    failures = models.PositiveIntegerField(
        _("failures in a row"), default=0, help_text=_("Slices that raised since the last success.")
    )
    last_error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("created"), db_default=database.Now())
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("-id",)
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "key"),
                condition=models.Q(state__in=("ready", "paused")),
                name="zdt_run_one_live",
            ),
        )
        indexes = (
            models.Index(fields=("due_at",), condition=models.Q(state="ready"), name="zdt_run_due"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Lease(database.ZdtModel):
    """A name that one process holds at a time, such as "ticker"."""

    name = models.CharField(_("name"), max_length=100, primary_key=True)
    holder = models.CharField(_("holder"), max_length=32, blank=True)
    token = models.BigIntegerField(_("fencing token"), default=0)
    until = models.DateTimeField(_("until"), null=True)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        verbose_name = _("lease")
        verbose_name_plural = _("leases")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.name
