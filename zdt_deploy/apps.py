from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ZdtDeployConfig(AppConfig):
    name = "zdt_deploy"
    label = "zdt_deploy"
    verbose_name = _("Zero downtime: deployments")
    default_auto_field = "django.db.models.BigAutoField"
    zdt_needs_jobs = True

    def ready(self) -> None:
        from zdt_core.installed import require_core

        require_core(self.name)
        from zdt_core.access import doors
        from zdt_deploy import checks, kinds, messages, notices  # noqa: F401  (they register themselves)
        from zdt_deploy.backfills import doctor as backfills  # noqa: F401
        from zdt_deploy.backfills import notices as told  # noqa: F401
        from zdt_deploy.backfills import panel as running  # noqa: F401
        from zdt_deploy.canary import (  # noqa: F401
            collectors,
            crossing,
            doctor,
            fitness,
            moves,
            overview,
            panel,
            regional,
            router,
        )
        from zdt_deploy.canary.sources import doctor as sources  # noqa: F401
        from zdt_deploy.canary.traffic.cloud import collectors as balancers  # noqa: F401
        from zdt_deploy.canary.traffic.cloud import doctor as reading  # noqa: F401
        from zdt_deploy.canary.traffic.cloud import notices as unapplied  # noqa: F401
        from zdt_deploy.canary.traffic.cloud import switch
        from zdt_deploy.comparison import checklist as compared  # noqa: F401
        from zdt_deploy.comparison import (
            copying,
            retiring,  # noqa: F401
        )
        from zdt_deploy.comparison import page as comparison  # noqa: F401
        from zdt_deploy.costs import hours
        from zdt_deploy.deployments import doctor as plans  # noqa: F401
        from zdt_deploy.deployments import rolling as batches  # noqa: F401
        from zdt_deploy.deployments.api import scopes
        from zdt_deploy.drills import collectors as drilled  # noqa: F401
        from zdt_deploy.drills import doctor as rehearsed  # noqa: F401
        from zdt_deploy.drills import notices as held  # noqa: F401
        from zdt_deploy.drills import panel as drills  # noqa: F401
        from zdt_deploy.drills.api import scopes as drilling
        from zdt_deploy.freezes import gate as frozen  # noqa: F401
        from zdt_deploy.freezes import panel as freezes  # noqa: F401
        from zdt_deploy.preflight import admin as checklist  # noqa: F401
        from zdt_deploy.preflight import brought, items, starting, telling  # noqa: F401
        from zdt_deploy.preflight import panel as lists  # noqa: F401
        from zdt_deploy.preflight.api import scopes as marking
        from zdt_deploy.schema import doctor as changing  # noqa: F401
        from zdt_deploy.schema import following, shapes
        from zdt_deploy.schema import gates as contracts  # noqa: F401
        from zdt_deploy.schema import notices as owed  # noqa: F401
        from zdt_deploy.schema import panel as under_way  # noqa: F401

        scopes.register()
        marking.register()
        drilling.register()
        doors.register("api/", "zdt_deploy.deployments.api.urls")
        router.register()
        switch.register()
        copying.register()
        hours.register()
        moves.connect()
        following.connect()
        shapes.connect()
        brought.connect()
        starting.connect()
        telling.connect()
