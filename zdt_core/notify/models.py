"""The outbox: one row for each channel that has to be told."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from zdt_core import database


class Notification(database.ZdtModel):
    """What one channel is told, written in the transaction of what happened.

    ``key`` names the trouble: what has the same key is told once within ZDT_NOTIFY_WINDOW, and
    closed by a row whose action is "resolved". No row holds a secret of its channel.
    """

    class Action(models.TextChoices):
        OPENED = "opened", _("opened")
        RESOLVED = "resolved", _("resolved")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        MERGED = "merged", _("told already")
        GIVEN_UP = "given_up", _("given up")

    channel = models.CharField(_("channel"), max_length=40)
    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(_("key"), max_length=200)
    action = models.CharField(_("action"), max_length=10, choices=Action, default=Action.OPENED)
    severity = models.CharField(_("severity"), max_length=10)
    text = models.TextField(_("what happened"))
    why = models.TextField(_("why"), blank=True)
    cure = models.TextField(_("what to do"), blank=True)
    facts = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)
    url = models.CharField(_("page"), max_length=500, blank=True)
    service = models.CharField(_("service"), max_length=40)
    environment = models.CharField(_("environment"), max_length=40)
    state = models.CharField(_("standing"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    repeats = models.PositiveIntegerField(
        _("repeats"), default=0, help_text=_("How often the same came again and was not told.")
    )
    last_error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("happened"), db_default=database.Now())
    delivered_at = models.DateTimeField(_("delivered"), null=True)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("-id",)
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        default_permissions = ("view",)
        permissions = (("send_again_notification", _("Can send a notification again")),)
        indexes = (
            models.Index(fields=("key", "channel", "-id"), name="zdt_notification_key"),
            models.Index(
                fields=("state", "-id"),
                condition=models.Q(state__in=("waiting", "given_up")),
                name="zdt_notification_open",
            ),
        )

    def __str__(self) -> str:
        return self.text
