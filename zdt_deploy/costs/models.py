"""The place of costs and advice in the admin's menu, and the traffic that advice is from."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from zdt_core import database


class NobodyManager(models.Manager["Costs"]):
    """There is no table, so that whoever walks over all models (dumpdata) finds no rows."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().none()


class Costs(database.ZdtModel):
    """No table: a menu entry, its permission, and a page on any admin site."""

    objects: Any = NobodyManager()

    class Meta(database.ZdtModel.Meta):
        abstract = False
        managed = False
        verbose_name = _("costs and advice")
        verbose_name_plural = _("costs and advice")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return str(_("costs and advice"))


class TrafficHour(database.ZdtModel):
    """The requests to one service in one region within an hour, of which ``seconds`` were measured.

    Kept for as long as advice looks back; see `zdt_deploy.costs.hours`.
    """

    service = models.CharField(_("service"), max_length=40)
    environment = models.CharField(_("environment"), max_length=40)
    region = models.CharField(_("region"), max_length=40)
    hour = models.BigIntegerField(_("hour"), help_text=_("Unix time at its start, in seconds."))
    requests = models.BigIntegerField(_("requests"))
    seconds = models.PositiveSmallIntegerField(_("measured seconds"))

    class Meta(database.ZdtModel.Meta):
        abstract = False
        verbose_name = _("hour of traffic")
        verbose_name_plural = _("hours of traffic")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(
                fields=("environment", "service", "region", "hour"), name="zdt_one_hour"
            ),
        )

    def __str__(self) -> str:
        return f"{self.service} {self.region} {self.hour}"
