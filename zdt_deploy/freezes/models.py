"""Freezes and emergencies."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zdt_core import database
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.freezes import times, weekly
from zdt_deploy.freezes.times import Times


class Freeze(database.ZdtModel):
    """A time in which nothing is deployed in an environment, or to one service of it.

    It holds from `begins_at` to `ends_at`, both of which may be open, and with `weekly` only in
    those hours. Changes go through `zdt_deploy.freezes.operations`; `revision` grows with each.
    """

    name = models.CharField(_("name"), max_length=60)
    environment = models.CharField(_("environment"), max_length=40)
    service = models.CharField(
        _("service"), max_length=40, blank=True, help_text=_("Empty: every service.")
    )
    begins_at = models.DateTimeField(_("from"), null=True)
    ends_at = models.DateTimeField(_("until"), null=True)
    weekly = models.CharField(_("weekly hours"), max_length=200, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64)
    reason = models.TextField(_("reason"))
    created_by = models.CharField(_("set by"), max_length=220)
    created_at = models.DateTimeField(_("created"), db_default=database.Now())
    ended_by = models.CharField(_("ended by"), max_length=220, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    revision = models.PositiveIntegerField(_("revision"), default=1)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("-id",)
        verbose_name = _("freeze")
        verbose_name_plural = _("freezes")
        default_permissions = ("view",)
        permissions = (
            ("set_freeze", _("Can set and change a freeze")),
            ("end_freeze", _("Can end a freeze")),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(begins_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("begins_at")),
                name="zdt_freeze_ends_later",
            ),
        )
        indexes = (models.Index(fields=("environment", "ended_at"), name="zdt_freeze_standing"),)

    def __str__(self) -> str:
        return self.name

    def times(self) -> Times:
        """When it holds. Raises Refused where a person wrote past the checks what nobody can read,
        or this machine does not know the time zone."""
        spans = weekly.parse(self.weekly) if self.weekly else ()
        return Times(self.begins_at, self.ends_at, spans, times.zone(self.time_zone))


class Emergency(database.ZdtModel):
    """A deployment that may pass freezes and skip observation, by the word of two people.

    `requester`, `approver` and `reviewer` are the people behind whoever asked; the database itself
    refuses that one approves or reviews what they asked for. How long it holds is
    `Deployment.emergency_until`.
    """

    deployment = models.ForeignKey(
        Deployment,
        on_delete=models.CASCADE,
        related_name="emergencies",
        verbose_name=_("deployment"),
    )
    deployment_id: str
    reason = models.TextField(_("reason"))
    requested_by = models.CharField(_("asked for by"), max_length=220)
    requester = models.CharField(_("who asked"), max_length=200)
    requested_at = models.DateTimeField(_("asked for"), db_default=database.Now())
    approved_by = models.CharField(_("approved by"), max_length=220, blank=True)
    approver = models.CharField(_("who approved"), max_length=200, blank=True)
    approved_at = models.DateTimeField(_("approved"), null=True)
    declined_by = models.CharField(_("declined by"), max_length=220, blank=True)
    declined_at = models.DateTimeField(_("declined"), null=True)
    review_due_at = models.DateTimeField(_("review due"), null=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True)
    reviewed_by = models.CharField(_("reviewed by"), max_length=220, blank=True)
    reviewer = models.CharField(_("who reviewed"), max_length=200, blank=True)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    review = models.TextField(_("review"), blank=True)
    revision = models.PositiveIntegerField(_("revision"), default=1)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("-id",)
        verbose_name = _("emergency")
        verbose_name_plural = _("emergencies")
        default_permissions = ("view",)
        permissions = (
            ("approve_emergency", _("Can approve and decline another person's emergency")),
            ("review_emergency", _("Can review another person's emergency")),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("deployment",),
                condition=Q(declined_at=None),
                name="zdt_one_emergency",
            ),
            models.CheckConstraint(
                condition=~Q(approver__iexact=F("requester")), name="zdt_emergency_four_eyes"
            ),
            models.CheckConstraint(
                condition=~Q(reviewer__iexact=F("requester")), name="zdt_emergency_review_eyes"
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approver="")
                | (Q(approved_at__isnull=False, review_due_at__isnull=False) & ~Q(approver="")),
                name="zdt_emergency_approval",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at=None)
                | (Q(approved_at__isnull=False) & ~Q(reviewer="") & ~Q(review="")),
                name="zdt_emergency_review",
            ),
            models.CheckConstraint(condition=~Q(requester=""), name="zdt_emergency_requester"),
        )

    def __str__(self) -> str:
        return str(self.deployment)
