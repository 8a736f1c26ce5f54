"""Every number of the costs in a sentence: what it is made of."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_deploy.costs import report, rules
from zdt_deploy.costs.report import Report
from zdt_deploy.costs.rules import Cost, Worth

LONGEST_MONTHS = 36
"""From here on people count in years."""

NAMES = {
    rules.BLUE_GREEN: gettext_lazy("blue-green"),
    rules.CANARY: gettext_lazy("canary"),
    rules.ROLLING: gettext_lazy("rolling"),
}
SOURCES = {
    report.GIVEN: gettext_lazy("given"),
    report.SET: gettext_lazy("ZDT_COSTS"),
    report.FLEET: gettext_lazy("the fleet"),
    report.RECORD: gettext_lazy("the record"),
    report.DEFAULT: gettext_lazy("default"),
}
_MEANINGS = {
    rules.BLUE_GREEN: gettext_lazy("Every machine twice."),
    rules.CANARY: gettext_lazy(
        "A few machines more while its share grows: they move over as users do."
    ),
    rules.ROLLING: gettext_lazy(
        "A machine or two more, while they are replaced one after another. No old one is left, so "
        "that going back is another rolling update."
    ),
}


def baseline(found: Report) -> str:
    figures = found.figures
    return _("Without a deployment: %(count)s machines, %(month)s a month (%(price)s each).") % {
        "count": f"{figures.instances:g}",
        "month": report.money((rules.baseline(figures),) * 2, figures),
        "price": report.money((figures.instance_month,) * 2, figures),
    }


def explained(cost: Cost, found: Report) -> str:
    """What the numbers of a strategy are made of."""
    said = [str(_MEANINGS[cost.strategy])]
    facts = {"hours": _hours(cost.span.steps), "window": _hours(cost.span.window)}
    if cost.span.window:
        kept = found.figures.kept * found.figures.instances
        facts["kept"] = f"{rules.rounded(kept).normalize():f}"
        said.append(
            _(
                "It takes %(hours)s until everyone is on the new release; then %(kept)s of the old "
                "machines stay for the %(window)s in which the way back is open."
            )
            % facts
        )
    else:
        said.append(_("It takes %(hours)s.") % facts)
    return " ".join(said)


def outage(found: Report) -> str:
    figures = found.figures
    sentence = _(
        "An outage costs %(price)s: %(people)s people for %(hours)s h at %(hour)s an hour%(lost)s."
    )
    lost = _(", and %s an hour lost") % report.money((figures.lost_hour,) * 2, figures)
    return sentence % {
        "price": report.money(rules.outage(figures), figures),
        "people": f"{figures.outage_people:g}",
        "hours": f"{figures.outage_hours:g}",
        "hour": report.money((figures.hour_least, figures.hour_most), figures),
        "lost": lost if figures.lost_hour else "",
    }


def worth(one: Worth, found: Report) -> str:
    """Whether a strategy pays, and what it would take."""
    facts = {
        "year": report.money(one.year, found.figures),
        "spared": report.money(one.spared_year, found.figures),
        "outages": f"{found.figures.outages_year:g}",
        "every": _every(one.spares_every),
    }
    head = _(
        "%(year)s a year, against %(spared)s for the %(outages)s outages a year that it is to "
        "spare."
    )
    if one.spares_every is None:
        tail = _("It costs nothing.") if one.pays else _("An outage costs nothing.")
    elif one.pays:
        tail = _("It pays as long as it spares one every %(every)s.")
    elif one.pays is None:
        tail = _("Whether it pays depends on which end of these is true.")
    else:
        tail = _("It would pay if it spared one every %(every)s.")
    return f"{head} {tail}" % facts


def _hours(hours: float) -> str:
    return _("%s h") % f"{rules.rounded(hours).normalize():f}"


def _every(months: float | None) -> str:
    if months is None:
        return ""
    if months < LONGEST_MONTHS:
        return _("%s months") % f"{rules.rounded(months):f}"
    return _("%s years") % f"{rules.rounded(months / 12, 0):,f}"
