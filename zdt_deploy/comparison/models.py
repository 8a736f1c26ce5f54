"""What the releases of a deployment did, kept for as long as it is compared."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from zdt_core import database
from zdt_deploy.comparison.sums import Sums
from zdt_deploy.deployments.models import Deployment


class Observation(database.ZdtModel):
    """What one release did in one phase of a deployment in one region, as sums; side by side, in
    one `strata.stratum` of it.

    ``errors`` are counts inside and outside of requests by the pattern's id, ``queries`` calls and
    microseconds, ``words`` what the ids mean; see `zdt_core.observing`.
    """

    deployment = models.ForeignKey(
        Deployment,
        on_delete=models.CASCADE,
        related_name="observations",
        verbose_name=_("deployment"),
    )
    region = models.CharField(_("region"), max_length=40)
    phase = models.CharField(_("phase"), max_length=8)
    stratum = models.SmallIntegerField(_("stratum"), default=0)
    release = models.CharField(_("release"), max_length=40)
    requests = models.BigIntegerField(_("requests"), default=0)
    failed = models.BigIntegerField(_("failed requests"), default=0)
    microseconds = models.BigIntegerField(_("microseconds in the database"), default=0)
    statements = models.BigIntegerField(_("statements"), default=0)
    latency = models.JSONField(_("latency histogram"), default=dict)
    in_database = models.JSONField(_("histogram of the time in the database"), default=dict)
    errors = models.JSONField(_("error patterns"), default=dict)
    queries = models.JSONField(_("queries"), default=dict)
    words = models.JSONField(_("words"), default=dict)
    slots = models.PositiveIntegerField(_("slots"), default=0)
    first_slot = models.BigIntegerField(_("first slot"), null=True)
    last_slot = models.BigIntegerField(_("last slot"), null=True)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        verbose_name = _("observation")
        verbose_name_plural = _("observations")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(
                fields=("deployment", "region", "phase", "stratum", "release"),
                name="zdt_one_observation",
            ),
        )

    def __str__(self) -> str:
        return f"{self.deployment_id} {self.region} {self.phase} {self.stratum} {self.release}"

    @property
    def sums(self) -> Sums:
        return Sums(
            self.requests, self.failed, self.microseconds, self.statements,
            _numbered(self.latency), _numbered(self.in_database),
            {id: list(pair) for id, pair in self.errors.items()},
            {id: list(pair) for id, pair in self.queries.items()},
            self.slots, self.first_slot, self.last_slot,
        )  # fmt: skip

    def take(self, sums: Sums) -> None:
        """Hold ``sums`` from now on."""
        for name in ("requests", "failed", "microseconds", "statements", "slots"):
            setattr(self, name, getattr(sums, name))
        for name in ("latency", "errors", "queries"):
            setattr(self, name, getattr(sums, name))
        self.in_database = sums.database
        self.first_slot, self.last_slot = sums.first, sums.last


class Copied(database.ZdtModel):
    """How far one region's slots have been taken in for a deployment.

    ``missed`` are slots that its Redis no longer held when somebody came for them.
    """

    deployment = models.ForeignKey(
        Deployment, on_delete=models.CASCADE, related_name="copied", verbose_name=_("deployment")
    )
    region = models.CharField(_("region"), max_length=40)
    next_slot = models.BigIntegerField(_("next slot"))
    seconds = models.PositiveIntegerField(_("length of a slot in seconds"))
    missed = models.PositiveIntegerField(_("missed slots"), default=0)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        verbose_name = _("progress of copying")
        verbose_name_plural = _("progress of copying")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(fields=("deployment", "region"), name="zdt_one_copy"),
        )

    def __str__(self) -> str:
        return f"{self.deployment_id} {self.region}"


def _numbered(histogram: dict[str, Any]) -> dict[int, int]:
    return {int(bucket): count for bucket, count in histogram.items()}
