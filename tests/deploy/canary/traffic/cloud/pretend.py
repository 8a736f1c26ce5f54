"""A driver that does what the test says, named by ZDT_TRAFFIC like one of a site's own."""

from zdt_core.exceptions import Refused
from zdt_deploy.canary.traffic.base import Applied, wanted

BACKEND = f"{__name__}.Pretend"
SETTING = {"edge": {"BACKEND": BACKEND}}


class Balancer:
    """What stands behind the driver. ``trouble`` is raised by a change; ``deaf`` takes changes and
    drops them."""

    def __init__(self):
        self.does, self.trouble, self.deaf, self.asked = None, None, False, []


balancer = Balancer()


class Pretend:
    step, keeps_time = 1, False

    def __init__(self, name, stable, canary, api_key=""):
        self.name = name

    def set(self, route):
        balancer.asked.append(f"{route.percentage:f}")
        if balancer.trouble is not None:
            raise balancer.trouble
        if not balancer.deaf:
            balancer.does = wanted(route)

    def read(self) -> Applied | None:
        return balancer.does


def denied():
    return Refused("balancer_denied", balancer="edge", permission="elasticloadbalancing:ModifyRule")


def throttled():
    return Refused("balancer_unanswered", balancer="edge", reason="Throttling")
