"""What all findings amount to. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.utils.translation import gettext as _

from zdt_core.doctor.finding import Finding, Standing

NOT_LOOKED_AT = "not_looked_at"
_WORST_FIRST = (Standing.UNKNOWN, Standing.WRONG, Standing.WARNING)


def worst(found: Iterable[Finding]) -> str:
    """The worst standing; what could not be seen may be anything."""
    standings = {finding.standing for finding in found}
    return next((str(each) for each in _WORST_FIRST if each in standings), str(Standing.OK))


def exit_code(found: Iterable[Finding], *, strict: bool) -> int:
    """0 all is well, 1 something is wrong, 2 could not look."""
    standing = worst(found)
    if standing == Standing.UNKNOWN:
        return 2
    return 1 if standing == Standing.WRONG or (strict and standing == Standing.WARNING) else 0


def sentence(found: list[Finding]) -> str:
    """The last line of the report: how it is, and what to do first."""
    count = Counter(finding.standing for finding in found)
    if set(count) <= {Standing.OK}:
        return _("All is well.")
    facts = ", ".join(f"{count[each]} {each}" for each in _WORST_FIRST if count[each])
    first = next(
        finding
        for each in (Standing.WRONG, Standing.UNKNOWN, Standing.WARNING)
        for finding in found
        if finding.standing == each
    )
    return _("%(facts)s. Next: %(cure)s") % {"facts": facts, "cure": first.cure}


def gathered(found: Iterable[Finding]) -> list[Finding]:
    """For the screen: areas that could not be looked at for the same reason in one line, last."""
    shown: list[Finding] = []
    areas: dict[tuple[str, str], list[str]] = {}
    for finding in found:
        if finding.code == NOT_LOOKED_AT:
            areas.setdefault((finding.text, finding.cure), []).append(finding.area)
        else:
            shown.append(finding)
    return shown + [
        Finding("several", Standing.UNKNOWN, f"{text.rstrip('.')}: {', '.join(names)}.", cure)
        for (text, cure), names in areas.items()
    ]
