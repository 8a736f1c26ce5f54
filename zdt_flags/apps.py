from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ZdtFlagsConfig(AppConfig):
    name = "zdt_flags"
    label = "zdt_flags"
    verbose_name = _("Zero downtime: flags")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zdt_core.installed import require_core

        require_core(self.name)
        from zdt_core import pulse
        from zdt_flags import (  # noqa: F401  (they register themselves)
            checks,
            doctor,
            gates,
            kinds,
            messages,
            panel,
        )
        from zdt_flags.conf import conf
        from zdt_flags.keeper import keeper

        pulse.beat(
            "zdt_flags.refresh",
            lambda: conf.FLAGS_REFRESH,
            deadline=5.0,
            isolated=True,
            jitter=0.2,
        )(keeper.beat)
