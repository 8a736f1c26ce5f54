"""What a comparison says, in sentences."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from zdt_core.templatetags.zdt_console import thousands
from zdt_deploy.comparison import comparing
from zdt_deploy.comparison.comparing import Change, ErrorChange, QueryChange
from zdt_deploy.comparison.pairs import Basis, Pair
from zdt_deploy.deployments import durations

TITLES: dict[Basis, Any] = {
    Basis.BESIDE: gettext_lazy("Side by side"),
    Basis.BEFORE_AFTER: gettext_lazy("Before and after"),
}
_NOTES: dict[Basis, Any] = {
    Basis.BESIDE: gettext_lazy("Both releases at the same time, under the same load."),
    Basis.BEFORE_AFTER: gettext_lazy(
        "Weaker: %(old)s before the deployment against %(new)s once everyone was on it. What "
        "changed may be the release, or the hour, the day, or what users did."
    ),
}
_EMPTY: dict[Basis, Any] = {
    Basis.BESIDE: gettext_lazy(
        "Nothing yet: both releases have to serve in the same minute, and a minute is taken in "
        "about half a minute after it ended."
    ),
    Basis.BEFORE_AFTER: gettext_lazy("Nothing yet: it begins once everyone is on the new release."),
}
CHANGES: dict[Change, Any] = {
    Change.NEW: gettext_lazy("new"),
    Change.GONE: gettext_lazy("gone"),
    Change.MORE: gettext_lazy("more often"),
    Change.LESS: gettext_lazy("less often"),
    Change.SAME: gettext_lazy("as before"),
    Change.UNCLEAR: gettext_lazy("not enough data"),
}
QUERY_CHANGES: dict[Change, Any] = {
    **CHANGES,
    Change.MORE: gettext_lazy("takes more"),
    Change.LESS: gettext_lazy("takes less"),
}
LOOKS = {
    Change.NEW: "bad", Change.MORE: "bad", Change.GONE: "good", Change.LESS: "good",
    Change.SAME: "quiet", Change.UNCLEAR: "quiet",
}  # fmt: skip
QUERY_LOOKS = {**LOOKS, Change.NEW: "warn", Change.MORE: "warn"}
FIGURES: dict[str, Any] = {
    "errors": gettext_lazy("Failed requests"),
    "p50": "p50", "p95": "p95", "p99": "p99",
    "time": gettext_lazy("Database time per request"),
    "queries": gettext_lazy("Queries per request"),
}  # fmt: skip
UNITS = {"errors": "%", "p50": "ms", "p95": "ms", "p99": "ms", "time": "ms", "queries": ""}
NOT_ENOUGH = gettext_lazy("not enough data")


def note(pair: Pair) -> str:
    """What the comparison rests on, or why there is none."""
    if pair.is_empty:
        return str(_EMPTY[pair.basis])
    facts = {"old": pair.old_release, "new": pair.new_release}
    return f"{_NOTES[pair.basis] % facts} {_size(pair)}"


def _size(pair: Pair) -> str:
    facts = {
        "old": pair.old_release, "old_requests": thousands(pair.old.requests),
        "new": pair.new_release, "new_requests": thousands(pair.new.requests),
        "old_time": durations.rounded(pair.old.slots * pair.seconds),
        "new_time": durations.rounded(pair.new.slots * pair.seconds),
    }  # fmt: skip
    said = _(
        "%(old)s answered %(old_requests)s requests in %(old_time)s, %(new)s %(new_requests)s in "
        "%(new_time)s."
    )
    found = said % facts
    if not comparing.is_enough(pair.old, pair.new):
        found += " " + _("Not enough data: each needs %s requests.") % comparing.FEWEST_REQUESTS
    return found


def summary(pair: Pair) -> str:
    """The newest comparison in a sentence, for those who look no further."""
    if pair.is_empty or not comparing.is_enough(pair.old, pair.new):
        return note(pair)
    found = comparing.errors(pair.old, pair.new)
    new, more = (comparing.count(found, change) for change in (Change.NEW, Change.MORE))
    parts = [
        ngettext("%s new error pattern", "%s new error patterns", new) % new,
        ngettext("%s more often", "%s more often", more) % more,
        *(
            f"{FIGURES[figure.name]} {number(figure.old)} → {number(figure.new)} ms"
            for figure in _told(pair)
        ),
    ]
    return f"{TITLES[pair.basis]}: {', '.join(parts)}."


def _told(pair: Pair) -> list[comparing.Figure]:
    figures = [*comparing.latency(pair.old, pair.new), *comparing.database(pair.old, pair.new)]
    return [each for each in figures if each.name in ("p95", "time") and each.enough]


def step(figure: comparing.Figure) -> str:
    """How far the new release is from the old one: "+12 %"; "" where it cannot be told."""
    if not figure.enough or not figure.old or figure.new is None:
        return ""
    percent = 100 * (figure.new / figure.old - 1)
    return f"{percent:+.0f} %" if abs(percent) >= 0.5 else "±0 %"


def with_unit(value: float | None, unit: str) -> str:
    return f"{number(value)} {unit}".strip() if value is not None else str(NOT_ENOUGH)


def number(value: float | None) -> str:
    """Three digits; not enough data for None."""
    if value is None:
        return str(NOT_ENOUGH)
    return str(thousands(value)) if abs(value) >= 100 else f"{value:.3g}"


def rate(per_thousand: float | None, count: int, outside: int) -> str:
    """What stands below a count: "0.8 per 1,000", "3 outside of requests", or both."""
    said = []
    if per_thousand is not None and count:
        said.append(_("%s per 1,000") % number(per_thousand))
    if outside:
        said.append(_("%s outside of requests") % thousands(outside))
    return ", ".join(said)


def of_error(change: ErrorChange) -> str:
    """ "new", "more often"…; what few have seen says so."""
    said = str(CHANGES[change.change])
    if change.change is Change.NEW and not change.sure:
        return _("new, seen too rarely to be sure")
    return said


def of_query(change: QueryChange) -> str:
    return str(QUERY_CHANGES[change.change])
