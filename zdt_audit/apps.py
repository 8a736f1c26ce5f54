from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ZdtAuditConfig(AppConfig):
    name = "zdt_audit"
    label = "zdt_audit"
    verbose_name = _("Zero downtime: audit")
    default_auto_field = "django.db.models.BigAutoField"
