"""The records of backfills, and of the ranges of keys that they go through."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from zdt_core import database


class Backfill(database.ZdtModel):
    """Work on every row of a table, done in ranges of its key.

    The table may lie on another alias. `operations` alone changes the state.
    """

    class State(models.TextChoices):
        PLANNING = "planning", _("planning")
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    LIVE = (State.PLANNING.value, State.RUNNING.value, State.PAUSED.value)

    name = models.CharField(
        _("name"), max_length=200, help_text=_("At most one live backfill has this name.")
    )
    kind = models.CharField(_("kind"), max_length=40)
    alias = models.CharField(_("database alias"), max_length=100, default="default")
    table = models.CharField(_("table"), max_length=200)
    spec = models.JSONField(_("what it does"), default=dict, encoder=DjangoJSONEncoder)
    key = models.JSONField(
        _("key"),
        null=True,
        help_text=_(
            "The table's oid, and columns of its key with type and collation, when planned."
        ),
    )
    pacing = models.JSONField(_("pacing"), default=dict)
    lanes = models.PositiveSmallIntegerField(
        _("lanes"), default=1, help_text=_("How many ranges are worked on at a time.")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PLANNING
    )
    code = models.CharField(_("code"), max_length=60, blank=True)
    params = models.JSONField(_("facts"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    rows_total = models.BigIntegerField(
        _("rows in all"), null=True, help_text=_("PostgreSQL's estimate when it was planned.")
    )
    rows_done = models.BigIntegerField(_("rows seen"), default=0)
    rows_changed = models.BigIntegerField(_("rows changed"), default=0)
    rows_failed = models.BigIntegerField(_("rows with an error"), default=0)
    rows_cleaned = models.BigIntegerField(
        _("rows changed before the last VACUUM"), default=0, help_text=_("Of its own runs.")
    )
    started_by = models.CharField(_("started by"), max_length=220, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    created_at = models.DateTimeField(_("created"), db_default=database.Now())
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    revision = models.PositiveIntegerField(_("revision"), default=1)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("-id",)
        verbose_name = _("backfill")
        verbose_name_plural = _("backfills")
        default_permissions = ("view",)
        permissions = (
            ("run_backfill", _("Can start, pause, resume and retry a backfill")),
            ("cancel_backfill", _("Can cancel a backfill")),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("name",),
                condition=models.Q(state__in=("planning", "running", "paused")),
                name="zdt_backfill_one_live",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Range(database.ZdtModel):
    """The rows with ``low`` < key <= ``high``; None is open. ``cursor`` is the last key done.

    Where ``low`` is ``high``, it is the row of that key: one that could not be done. Keys are lists
    of JSON values, one per column of the key.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        WORKING = "working", _("working")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    backfill = models.ForeignKey(
        Backfill, on_delete=models.CASCADE, related_name="ranges", verbose_name=_("backfill")
    )
    number = models.PositiveIntegerField(_("number"))
    low = models.JSONField(_("after"), null=True)
    high = models.JSONField(_("up to"), null=True)
    cursor = models.JSONField(_("last key done"), null=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    lane = models.PositiveSmallIntegerField(_("lane"), null=True)
    rows_done = models.BigIntegerField(_("rows seen"), default=0)
    rows_changed = models.BigIntegerField(_("rows changed"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("backfill", "number")
        verbose_name = _("range")
        verbose_name_plural = _("ranges")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(fields=("backfill", "number"), name="zdt_range_number"),
        )

    def __str__(self) -> str:
        return f"{self.backfill_id}/{self.number}"

    @property
    def is_one_row(self) -> bool:
        return self.low is not None and self.low == self.high


class RowError(database.ZdtModel):
    """A row that could not be done, where errors are collected."""

    backfill = models.ForeignKey(
        Backfill, on_delete=models.CASCADE, related_name="row_errors", verbose_name=_("backfill")
    )
    range = models.ForeignKey(
        Range, null=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("range")
    )
    key = models.JSONField(_("key"))
    error = models.TextField(_("error"))
    at = models.DateTimeField(_("at"), db_default=database.Now())

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("id",)
        verbose_name = _("row with an error")
        verbose_name_plural = _("rows with errors")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(fields=("backfill", "key"), name="zdt_row_error_once"),
        )

    def __str__(self) -> str:
        return f"{self.key}: {self.error}"
