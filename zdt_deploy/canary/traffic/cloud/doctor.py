"""Can each balancer be read, and does it do what is published?"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from zdt_core import doctor, messages
from zdt_core.conf import conf as core
from zdt_core.doctor import Finding
from zdt_core.doctor.look import Look
from zdt_core.exceptions import ConfigurationError, Refused
from zdt_deploy.canary.traffic.base import Driver, applies
from zdt_deploy.canary.traffic.cloud import choice, standing
from zdt_deploy.canary.traffic.cloud.applying import Aim
from zdt_deploy.canary.traffic.cloud.choice import Balancer

_PAGE = "See docs/how-to/balancers.md."


@doctor.examine("balancers", needs=("zdt_core", "zdt_deploy"))
def balancers(look: Look) -> Iterable[Finding]:
    try:
        found = choice.balancers()
    except ConfigurationError as error:
        yield doctor.wrong(str(error), _(_PAGE), "balancer_unreadable")
        return
    for balancer in found:
        yield _finding(balancer)


def _finding(balancer: Balancer) -> Finding:
    """By asking the balancer itself, and what its run has said last."""
    route = balancer.published()
    try:
        driver = balancer.driver(route)
        rehearse = getattr(driver, "rehearse", None)
        if rehearse is not None:
            rehearse()
        seen = driver.read()
    except (ConfigurationError, Refused) as error:
        code = error.code if isinstance(error, Refused) else "balancer_unreadable"
        return doctor.wrong(str(error), _(_PAGE), code)
    except Exception as error:  # a driver of the site's own may raise whatever it likes
        reason = f"{type(error).__name__}: {balancer.told(error)}"
        told = {"balancer": balancer.alias, "reason": reason}
        code = "balancer_unanswered"
        return doctor.wrong(messages.text(code, told), _(_PAGE), code)
    if route is None:
        return doctor.ok(_("%s can be read; no share was published yet") % balancer.alias)
    aim = Aim.of(route)
    troubles = standing.troubles(core.ENVIRONMENT, balancer.service)
    trouble = next((each for each in troubles if each.balancer == balancer.alias), None)
    if applies(driver, seen, aim.due) and trouble is None:
        facts = {"balancer": balancer.alias, "share": f"{aim.due.percentage.normalize():f}"}
        return doctor.ok(_("%(balancer)s does what is published: %(share)s %%") % facts)
    return _differs(balancer, driver, trouble)


def _differs(balancer: Balancer, driver: Driver, trouble: standing.Trouble | None) -> Finding:
    if trouble is not None:
        return doctor.wrong(messages.text(trouble.code, trouble.params), _(_PAGE), trouble.code)
    doubt = getattr(driver, "doubt", "") or _("it does something else now")
    told = {"balancer": balancer.alias, "reason": doubt}
    code = "balancer_not_taken_over"
    return doctor.wrong(messages.text(code, told), _(_PAGE), code)
