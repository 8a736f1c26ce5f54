"""Does the examinations, one after the other, and never raises."""

from __future__ import annotations

import logging
from dataclasses import replace

from django.db import DatabaseError
from django.utils.translation import gettext as _

from zdt_core.doctor import registry, servers
from zdt_core.doctor.finding import Finding, Standing, unknown
from zdt_core.doctor.look import Look, first_line
from zdt_core.doctor.registry import Examination
from zdt_core.doctor.summary import NOT_LOOKED_AT

logger = logging.getLogger("zdt.doctor")


def findings(*, quick: bool = False) -> list[Finding]:
    """Everything that was found, area by area.

    ``quick`` asks at most eight queries, and nobody outside but Redis: safe on a web page.
    """
    look = Look(quick=quick)
    if look.problem:
        return _all(look)
    try:
        with servers.transaction():
            return _all(look)
    except DatabaseError as error:  # it does not begin or does not end
        look = Look(quick=quick)
        look.postgresql = first_line(error)
        return _all(look)


def _all(look: Look) -> list[Finding]:
    chosen = registry.examinations(quick=look.quick)
    found = [finding for each in chosen for finding in _examine(each, look)]
    return list(dict.fromkeys(found))  # an area that could not be looked at says so once


def _examine(each: Examination, look: Look) -> list[Finding]:
    if "redis" in each.needs and not look.redis_is_wanted:
        return []
    obstacle = look.obstacle(each.needs)
    if obstacle:
        text = _("Not looked at, as %s.") % obstacle
        return [Finding(each.area, Standing.UNKNOWN, text, _("Mend that first."), NOT_LOOKED_AT)]
    try:
        return [replace(found, area=found.area or each.area) for found in _do(each, look)]
    except Exception as error:  # told as a finding
        logger.debug("An examination of %s failed", each.area, exc_info=True)
        return [replace(_failed(error), area=each.area)]


def _do(each: Examination, look: Look) -> list[Finding]:
    if look.quick or not each.needs or isinstance(look.postgresql, str):
        return list(each.work(look))
    with servers.transaction():
        return list(each.work(look))


def _failed(error: Exception) -> Finding:
    text = _("Could not be looked at: %(kind)s, %(text)s") % {
        "kind": type(error).__name__, "text": first_line(error),
    }  # fmt: skip
    return unknown(text, _("Try again; if it stays, report it."), "examination_failed")
