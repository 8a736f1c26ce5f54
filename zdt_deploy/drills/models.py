"""Rehearsals of the way back, each with its times."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zdt_core import database
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.drills import outcomes
from zdt_deploy.drills.outcomes import Point, Taken


class Drill(database.ZdtModel):
    """One rehearsal. Its times are moments by the database's clock; NULL is what nobody has seen.

    Changes go through `zdt_deploy.drills.operations`; `revision` grows with each. `goals` are the
    seconds by point that were asked for, `accuracy` is the length in seconds of the windows that
    tell when the last request was served.
    """

    deployment = models.ForeignKey(
        Deployment, on_delete=models.CASCADE, related_name="drills", verbose_name=_("deployment")
    )
    deployment_id: str
    service = models.CharField(_("service"), max_length=40)
    environment = models.CharField(_("environment"), max_length=40)
    state = models.CharField(
        _("outcome"),
        max_length=12,
        choices=[
            ("announced", _("announced")),
            ("called", _("called for")),
            ("returning", _("on the way back")),
            ("passed", _("passed")),
            ("failed", _("failed")),
            ("unseen", _("not all seen")),
            ("called_off", _("called off")),
        ],
    )
    begun_by = models.CharField(_("by"), max_length=220)
    reason = models.TextField(_("reason"), blank=True)
    created_at = models.DateTimeField(_("created"), db_default=database.Now())
    begins_at = models.DateTimeField(_("begins"), db_default=database.Now())
    called_at = models.DateTimeField(_("called for"), null=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    zero_at = models.DateTimeField(_("traffic at 0"), null=True)
    stable_at = models.DateTimeField(_("all requests on stable"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    goals = models.JSONField(_("goals"), default=dict, help_text=_("Seconds by point."))
    accuracy = models.PositiveIntegerField(
        _("accuracy"), null=True, help_text=_("Seconds that a metric window lasts.")
    )
    code = models.CharField(_("code"), max_length=60, blank=True)
    params = models.JSONField(_("facts"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    revision = models.PositiveIntegerField(_("revision"), default=1)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("-id",)
        verbose_name = _("rollback drill")
        verbose_name_plural = _("rollback drills")
        default_permissions = ("view",)
        permissions = (("run_drill", _("Can begin a rollback drill and call it off")),)
        constraints = (
            models.UniqueConstraint(
                fields=("service", "environment"),
                condition=Q(state__in=sorted(outcomes.LIVE)),
                name="zdt_one_drill",
            ),
        )

    def __str__(self) -> str:
        return f"{self.service}, {self.environment} #{self.pk}"

    @property
    def person(self) -> str:
        """Who began it; "zdt" where that was nobody."""
        kind, _colon, name = self.begun_by.partition(":")
        return "zdt" if kind == "system" else name

    def seconds(self, point: Point) -> float | None:
        """From the call to ``point``; None where nobody has seen that."""
        moment: datetime | None = getattr(self, _MOMENTS[point])
        if moment is None or self.called_at is None:
            return None
        return (moment - self.called_at).total_seconds()

    def taken(self, **least: float) -> list[Taken]:
        """Its times, with how long those took at ``least`` that were not seen."""
        goals: dict[str, Any] = self.goals
        return [
            Taken(point, float(goals[point]), self.seconds(point), least.get(point.value, 0.0))
            for point in Point
        ]


_MOMENTS = {
    Point.DECISION: "decided_at", Point.ZERO: "zero_at", Point.STABLE: "stable_at",
}  # fmt: skip
