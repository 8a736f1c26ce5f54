from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ZdtAuditConfig(AppConfig):
    name = "zdt_audit"
    label = "zdt_audit"
    verbose_name = _("Zero downtime: audit")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zdt_core.installed import require_core

        require_core(self.name)
        from zdt_audit import (  # noqa: F401  (they register themselves)
            checks,
            doctor,
            kinds,
            messages,
            panel,
            protection,
            receivers,
        )
        from zdt_core.events import event_recorded

        event_recorded.connect(receivers.enter, dispatch_uid="zdt_audit")
        post_migrate.connect(
            protection.relax_test_database, sender=self, dispatch_uid="zdt_audit.relax"
        )
