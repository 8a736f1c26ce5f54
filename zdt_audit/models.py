"""The trail. Entries are only ever added; the database refuses anything else."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from zdt_core import database


class Entry(database.ZdtModel):
    """One entry: canonical bytes that later get sealed, and columns to search by.

    The table is meant to be partitioned by time, where no constraint can hold a value unique over
    all partitions. So nothing but the key is unique here: ``uuid`` names the entry outside of this
    database, and that none occurs twice is for the table of sealed entries to hold.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(_("uuid"), default=uuid.uuid4, editable=False)
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
            models.Index(fields=("kind", "-id"), name="zdt_audit_kind"),
            models.Index(fields=("actor", "-id"), name="zdt_audit_actor"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.stream}"

    @property
    def content(self) -> dict[str, Any]:
        """What the entry says."""
        said: dict[str, Any] = json.loads(self.canon)
        return said
