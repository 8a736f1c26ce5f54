"""The registry of processes: one row each, written by its own beat."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from zdt_core import database


class Process(database.ZdtModel):
    """A process of some service. Read it through `zdt_core.fleet`, which tells silent from gone."""

    class Role(models.TextChoices):
        WEB = "web", _("web")
        WORKER = "worker", _("worker")
        TICKER = "ticker", _("ticker")
        SOCKETS = "sockets", _("sockets")
        ROUTER = "router", _("router")
        OTHER = "other", _("other")

    instance = models.CharField(_("instance"), max_length=32, primary_key=True)
    role = models.CharField(_("role"), max_length=10, choices=Role)
    release = models.CharField(_("release"), max_length=40)
    service = models.CharField(_("service"), max_length=40)
    environment = models.CharField(_("environment"), max_length=40)
    region = models.CharField(_("region"), max_length=40)
    track = models.CharField(_("track"), max_length=10, blank=True)
    host = models.CharField(_("host"), max_length=255)
    pid = models.PositiveIntegerField(_("process id"))
    draining = models.BooleanField(_("draining"), default=False)
    in_flight = models.PositiveIntegerField(_("in flight"), default=0)
    acknowledged = models.JSONField(
        _("acknowledged"), default=dict, help_text=_("Epochs that this process has seen, by name.")
    )
    facts = models.JSONField(_("facts"), default=dict)
    command = models.CharField(_("command"), max_length=20, blank=True)
    command_serial = models.PositiveIntegerField(_("command serial"), default=0)
    command_done = models.PositiveIntegerField(_("command done"), default=0)
    joined_at = models.DateTimeField(_("joined"), db_default=database.Now())
    seen_at = models.DateTimeField(_("last seen"), db_default=database.Now())
    left_at = models.DateTimeField(_("left"), null=True, blank=True)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("service", "release", "role", "instance")
        verbose_name = _("process")
        verbose_name_plural = _("processes")
        default_permissions = ("view",)
        permissions = (("drain_process", _("Can drain and undrain a process")),)
        indexes = (
            models.Index(fields=("environment", "service", "left_at"), name="zdt_process_fleet"),
        )

    def __str__(self) -> str:
        return f"{self.role} {self.instance} ({self.release})"
