"""Does the site's own source of metrics answer?"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from zdt_core import doctor
from zdt_core.conf import conf
from zdt_core.doctor import Finding
from zdt_core.doctor.look import Look
from zdt_core.exceptions import Unavailable
from zdt_deploy.canary.sources.base import Reading, Status
from zdt_deploy.canary.sources.built_in import BuiltIn
from zdt_deploy.canary.sources.choice import chosen

WINDOWS = 5


@doctor.examine("metrics", needs=("zdt_core", "zdt_deploy"))
def the_source_answers(look: Look) -> Iterable[Finding]:
    """What the monitor would see now; the built-in source is examined where it is."""
    source = chosen()
    if isinstance(source, BuiltIn):
        return
    try:
        clock = source.time()
    except Unavailable as error:
        yield _unavailable(str(error))
        return
    first = clock.newest - (WINDOWS - 1) * clock.seconds
    reading = source.read(conf.ENVIRONMENT, conf.SERVICE, first, clock.newest)
    yield _finding(reading, clock.until - first)


def _finding(reading: Reading, seconds: int) -> Finding:
    if reading.status is Status.UNAVAILABLE:
        return _unavailable(reading.reason)
    releases = sorted({sample.release for sample in reading.samples if sample.requests})
    facts = {"seconds": seconds, "service": conf.SERVICE, "releases": ", ".join(releases)}
    if problems := sorted({sample.problem for sample in reading.samples if sample.problem}):
        return doctor.warning(
            _("Some of what ZDT_METRIC_SOURCE tells cannot be true: %s.") % ", ".join(problems),
            _("Compare its queries with docs/how-to/observability.md."),
            "metric_source_problem",
        )
    if releases:
        return doctor.ok(
            _("ZDT_METRIC_SOURCE tells of %(releases)s in the last %(seconds)s s") % facts
        )
    return doctor.warning(
        _("ZDT_METRIC_SOURCE tells of no request to “%(service)s” in the last %(seconds)s s.")
        % facts,
        _("Send it one; if nothing comes of it, its queries name something else."),
        "metric_source_silent",
    )


def _unavailable(reason: str) -> Finding:
    return doctor.wrong(
        _("ZDT_METRIC_SOURCE cannot be read: %s") % reason,
        _("Until it can, canaries are held; see docs/how-to/observability.md."),
        "metric_source_unavailable",
    )
