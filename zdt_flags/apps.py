from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ZdtFlagsConfig(AppConfig):
    name = "zdt_flags"
    label = "zdt_flags"
    verbose_name = _("Zero downtime: flags")
    default_auto_field = "django.db.models.BigAutoField"
