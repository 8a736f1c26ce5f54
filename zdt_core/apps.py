from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ZdtCoreConfig(AppConfig):
    name = "zdt_core"
    label = "zdt_core"
    verbose_name = _("Zero downtime: core")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zdt_core import checks, events, identity, kinds  # noqa: F401  (checks register themselves)
        from zdt_core.access import contents as access  # noqa: F401  (so do scopes)
        from zdt_core.access import doors
        from zdt_core.conf import conf
        from zdt_core.console import contents  # noqa: F401  (so do panels)
        from zdt_core.doctor import contents as examinations  # noqa: F401  (so do these)
        from zdt_core.drain import messages as drain_messages  # noqa: F401
        from zdt_core.drain import watch
        from zdt_core.fleet import messages as fleet_messages  # noqa: F401
        from zdt_core.jobs import messages as jobs_messages  # noqa: F401
        from zdt_core.metering import collectors, flusher, messages  # noqa: F401  (so do messages)
        from zdt_core.notify import absence, doctor, jobs, notices, panel, topics  # noqa: F401
        from zdt_core.notify import messages as notify_messages  # noqa: F401
        from zdt_core.observing import flusher as observing
        from zdt_core.observing import logs, queries
        from zdt_core.outbound import messages as outbound_messages  # noqa: F401

        identity.announce()
        watch.connect()
        flusher.register()
        if conf.OBSERVE:
            logs.watch()
            queries.connect()
            observing.register()
        absence.register()
        doors.register("metrics", "zdt_core.metering.urls")
        events.event_recorded.connect(topics.tell, dispatch_uid="zdt_core.notify")
