"""The place of costs and advice in the admin's menu."""

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
