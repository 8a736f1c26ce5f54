"""API tokens, and what was answered to their requests."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from zdt_core import database


class Token(database.ZdtModel):
    """Who may ask from outside. The secret itself is not here, only its SHA-256."""

    name = models.CharField(_("name"), max_length=60)
    environment = models.CharField(_("environment"), max_length=40)
    scopes = models.JSONField(_("scopes"), default=list)
    prefix = models.CharField(
        _("prefix"),
        max_length=12,
        unique=True,
        help_text=_("The public part of the secret, by which logs name the token."),
    )
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    created_by = models.CharField(_("created by"), max_length=220)
    created_at = models.DateTimeField(_("created"), db_default=database.Now())
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, help_text=_("To the minute."))

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("-id",)
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        default_permissions = ("view",)
        permissions = (
            ("create_token", _("Can create an API token")),
            ("revoke_token", _("Can revoke an API token")),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("environment", "name"),
                condition=models.Q(revoked_at=None),
                name="zdt_token_name",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"


class Answer(database.ZdtModel):
    """What a request with an idempotency key did; the same request gets the same answer.

    The row is written in the transaction of what was done, so that none is left by a crash.
    """

    token = models.ForeignKey(
        Token, on_delete=models.CASCADE, related_name="answers", verbose_name=_("token")
    )
    key = models.CharField(_("key"), max_length=200)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"), default=0)
    headers = models.JSONField(_("headers"), default=dict)
    body = models.JSONField(_("body"), default=dict, encoder=DjangoJSONEncoder)
    at = models.DateTimeField(_("at"), db_default=database.Now())

    class Meta(database.ZdtModel.Meta):
        abstract = False
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("token", "key"), name="zdt_answer_key"),)
        indexes = (models.Index(fields=("at",), name="zdt_answer_age"),)

    def __str__(self) -> str:
        return self.key
