"""The trail. Entries are only ever added; the database refuses anything else."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from zdt_core import database


class Entry(database.ZdtModel):
    """One entry: canonical bytes that later get sealed, and columns to search by."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(_("uuid"), default=uuid.uuid4, editable=False, unique=True)
    at = models.DateTimeField(_("at"), db_default=database.Now(), editable=False)
    stream = models.CharField(_("stream"), max_length=250)
    kind = models.CharField(_("kind"), max_length=60)
    actor = models.CharField(_("actor"), max_length=220)
    refused = models.BooleanField(_("refused"), default=False)
    canon = models.TextField(_("canonical form"), editable=False)
    event_id = models.BigIntegerField(_("event"), null=True, editable=False)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("-id",)
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        default_permissions = ("view",)
        indexes = (
            models.Index(fields=("stream", "-id"), name="zdt_audit_stream"),
            models.Index(fields=("-at",), name="zdt_audit_at"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.stream}"
