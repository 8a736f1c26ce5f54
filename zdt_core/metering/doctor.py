"""Do metrics arrive?"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import gettext as _

from zdt_core import doctor, fast_copy
from zdt_core.conf import conf
from zdt_core.doctor import Finding
from zdt_core.doctor.look import Look
from zdt_core.metering import keys, source
from zdt_core.metering.checks import METERING

WINDOWS = 6


@doctor.examine("metrics", needs=("redis",))
def metrics_arrive(look: Look) -> Iterable[Finding]:
    if METERING not in settings.MIDDLEWARE:
        yield look.needed(
            _("Nothing counts requests: MeteringMiddleware is not in MIDDLEWARE."),
            _("Add %s, after HealthMiddleware and DrainMiddleware.") % METERING,
            "metering_missing",
        )
        return
    now, newest = source.clock()
    prefix = keys.prefix(conf.ENVIRONMENT, conf.REGION, conf.SERVICE)
    ask = fast_copy.client().pipeline(transaction=False)
    for window in range(WINDOWS):
        ask.scard(keys.members(prefix, newest - window * conf.METRICS_WINDOW))
    reporters = max(ask.execute())
    if reporters:
        facts = {"count": reporters, "age": f"{now - newest - conf.METRICS_WINDOW:.0f}"}
        yield doctor.ok(
            _("Metrics of %(count)s processes arrive; the newest window closed %(age)s s ago")
            % facts
        )
        return
    facts = {"seconds": WINDOWS * conf.METRICS_WINDOW, "service": conf.SERVICE}
    yield doctor.warning(
        _("No process of “%(service)s” reported a metric in the last %(seconds)s s.") % facts,
        _("Send it a request; if nothing arrives, see the log of “zdt.metering”."),
        "metrics_missing",
    )
