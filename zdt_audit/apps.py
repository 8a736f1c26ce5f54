from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
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
            early,
            kinds,
            messages,
            panel,
            protection,
        )
        from zdt_core import events

        events.event_recorded.connect(early.enter, dispatch_uid="zdt_audit")
        events.writes(early.tables)
        pre_migrate.connect(early.begin, sender=self, dispatch_uid="zdt_audit.begin")
        post_migrate.connect(early.end, sender=self, dispatch_uid="zdt_audit.end")
        post_migrate.connect(
            protection.relax_test_database, sender=self, dispatch_uid="zdt_audit.relax"
        )
