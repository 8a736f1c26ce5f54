"""Every figure that costs are reckoned from, with its default and its meaning. No I/O."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from zdt_core.exceptions import Refused

LARGEST = 1e9


def _figure(default: Any, meaning: str, least: float = 0, most: float = LARGEST) -> Any:
    return field(default=default, metadata={"meaning": meaning, "least": least, "most": most})


@dataclass(frozen=True, slots=True)
class Figures:
    """A site's figures; money is in ``currency``."""

    instances: float = _figure(3, "machines that serve one release", least=1)
    instance_month: float = _figure(100, "price of a machine for a month")
    currency: str = _figure("$", "what prices are in")
    deployments_month: float = _figure(4, "deployments in a month")
    canary_least: float = _figure(1 / 12, "machines that a canary adds, as a share of all: least")
    canary_most: float = _figure(1 / 6, "machines that a canary adds, as a share of all: most")
    surge_least: float = _figure(1, "machines that a rolling update adds: least")
    surge_most: float = _figure(2, "machines that a rolling update adds: most")
    rolling_minutes: float = _figure(30, "minutes that a rolling update takes")
    kept: float = _figure(
        1, "share of the old machines that stay until the way back closes", most=1
    )
    outage_people: float = _figure(3, "people whom an outage takes from their work")
    outage_hours: float = _figure(6, "hours that it takes them")
    hour_least: float = _figure(2000 / 18, "price of an hour of a person: least")
    hour_most: float = _figure(3000 / 18, "price of an hour of a person: most")
    lost_hour: float = _figure(0, "what an hour of an outage loses besides")
    outages_year: float = _figure(4, "outages in a year that would be spared")

    def changed(self, given: Mapping[str, Any]) -> Figures:
        """These with some others. Raises Refused, whose params name the ``field``."""
        return replace(self, **{name: check(name, value) for name, value in given.items()})


MEANINGS = {each.name: str(each.metadata["meaning"]) for each in fields(Figures)}


def check(name: str, value: Any) -> Any:
    """``value`` as the figure ``name``. Raises Refused."""
    found = next((each for each in fields(Figures) if each.name == name), None)
    if found is None:
        near = difflib.get_close_matches(str(name), MEANINGS, n=1)
        hint = near[0] if near else ", ".join(MEANINGS)
        raise Refused("cost_figure_unknown", field=str(name)[:40], nearest=hint)
    if found.name == "currency":
        if isinstance(value, str) and 0 < len(value) <= 8 and value.isprintable():
            return value
        raise _wrong(name, value, "a sign or a word of at most 8 letters")
    least, most = found.metadata["least"], found.metadata["most"]
    number = _number(value)
    if number is None or not least <= number <= most:
        raise _wrong(name, value, f"a number from {least:g} to {most:g}")
    return number


def _number(value: Any) -> float | None:
    """NaN compares as False, so that it is no number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) <= LARGEST else None


def _wrong(name: str, value: Any, expected: str) -> Refused:
    return Refused("cost_figure_wrong", field=name, value=str(value)[:40], expected=expected)
