"""What each strategy takes: machines while it runs, and money for a deployment, a month, a year.

No I/O. A pair of numbers is the least and the most.

* *blue-green*: all machines twice, while it is watched and until the way back closes.
* *canary*: a twelfth to a sixth more while its share grows, for machines move over to the new
  release as users do; then those of the old release that are ``kept`` until the way back closes.
* *rolling*: one or two more while machines are replaced one after another. No old one is left, so
  that going back is another rolling update.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from zdt_deploy.costs.figures import Figures

HOURS_OF_MONTH = 730
"""365 days of 24 hours, by twelve."""

NOTHING = 0.005
"""A price below this is none."""

BLUE_GREEN, CANARY, ROLLING = STRATEGIES = ("blue_green", "canary", "rolling")
Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Span:
    """How long a deployment takes: hours until everyone is on the new release, and hours for which
    the way back stays open then."""

    steps: float
    window: float


@dataclass(frozen=True, slots=True)
class Cost:
    """``instances`` and what they would cost in a month (``month``, ``percent`` more than without)
    while it runs; ``hours`` of machines that one deployment adds, and their price per deployment
    and in a month of them."""

    strategy: str
    instances: Pair
    month: Pair
    percent: Pair
    span: Span
    hours: Pair
    deployment: Pair
    in_a_month: Pair


@dataclass(frozen=True, slots=True)
class Worth:
    """Whether a strategy pays. ``spares_every`` is the number of months in which it has to spare
    one outage of the lower price, at its own highest price; None where one of these is nothing."""

    strategy: str
    year: Pair
    spared_year: Pair
    spares_every: float | None

    @property
    def pays(self) -> bool | None:
        """None where it depends on where in the two ranges the truth lies."""
        if self.year[1] <= self.spared_year[0]:
            return True
        return False if self.year[0] > self.spared_year[1] else None


def cost(strategy: str, figures: Figures, span: Span) -> Cost:
    """What ``strategy`` takes with these figures."""
    count = figures.instances
    added = _added(strategy, figures)
    price = figures.instance_month / HOURS_OF_MONTH
    instances = _plus(count, added)
    kept = 0.0 if strategy == ROLLING else figures.kept * count * span.window
    hours = (added[0] * span.steps + kept, added[1] * span.steps + kept)
    deployment = _times(hours, price)
    return Cost(
        strategy=strategy,
        instances=instances,
        month=_times(instances, figures.instance_month),
        percent=_times(added, 100 / count),
        span=span,
        hours=hours,
        deployment=deployment,
        in_a_month=_times(deployment, figures.deployments_month),
    )


def baseline(figures: Figures) -> float:
    """What a month costs without any deployment."""
    return figures.instances * figures.instance_month


def outage(figures: Figures) -> Pair:
    """The price of one outage."""
    hours = figures.outage_people * figures.outage_hours
    lost = figures.lost_hour * figures.outage_hours
    return _ordered((hours * figures.hour_least + lost, hours * figures.hour_most + lost))


def worth(found: Cost, figures: Figures) -> Worth:
    """Its price in a year against that of the outages which it would spare."""
    price = outage(figures)
    most = found.in_a_month[1]
    return Worth(
        strategy=found.strategy,
        year=_times(found.in_a_month, 12),
        spared_year=_times(price, figures.outages_year),
        spares_every=price[0] / most if most >= NOTHING and price[0] >= NOTHING else None,
    )


def rounded(value: float, digits: int = 1) -> Decimal:
    """As people round: 3.25 is 3.3."""
    exact = Decimal(repr(round(value, 9)))
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, Context(prec=100))


def _added(strategy: str, figures: Figures) -> Pair:
    """Machines beside those that serve anyway."""
    if strategy == BLUE_GREEN:
        return (figures.instances, figures.instances)
    if strategy == CANARY:
        least, most = figures.canary_least, figures.canary_most
        return _ordered((figures.instances * least, figures.instances * most))
    return _ordered((figures.surge_least, figures.surge_most))


def _ordered(pair: Pair) -> Pair:
    return (min(pair), max(pair))


def _plus(number: float, pair: Pair) -> Pair:
    return (number + pair[0], number + pair[1])


def _times(pair: Pair, factor: float) -> Pair:
    return (pair[0] * factor, pair[1] * factor)
