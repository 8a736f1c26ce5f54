"""Is going back rehearsed as often as it is to be?"""

from __future__ import annotations

from collections.abc import Iterable

from zdt_core import doctor
from zdt_core.doctor import Finding
from zdt_core.doctor.look import Look
from zdt_deploy.deployments import clock
from zdt_deploy.drills import due, shape
from zdt_deploy.drills.conf import conf


@doctor.examine("deployments", needs=("zdt_core", "zdt_deploy"))
def drills(look: Look) -> Iterable[Finding]:
    if not conf.DRILL_ENVIRONMENTS:
        return
    now = clock.now()
    for place in due.places(now):
        text = f"{place.service}, {place.environment}: {shape.of_place(place, now)}"
        if place.is_overdue(now):
            yield doctor.warning(
                text, "See `manage.py zdt_drill status`, and docs/how-to/rollback-drills.md.",
                "drill_overdue",
            )  # fmt: skip
        else:
            yield doctor.ok(text)
