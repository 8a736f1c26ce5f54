"""Stored plans."""

from __future__ import annotations

from collections.abc import Iterable

from zdt_core import database, doctor
from zdt_core.doctor import Finding
from zdt_core.doctor.look import Look
from zdt_deploy.deployments import checks


@doctor.examine("deployments", needs=("zdt_deploy",))
def plans(look: Look) -> Iterable[Finding]:
    yield from map(doctor.of_check, checks.plans_are_right(databases=[database.alias()]))
