"""Splits for tests, and visitors on either side of them."""

import itertools
import time

from zdt_core import buckets
from zdt_deploy.canary.router import router
from zdt_deploy.canary.routing import Route


def route(percentage=10, epoch=1, valid_for=None, **changes):
    facts = {"stable": "1.0", "canary": "2.0", "deployment": "d1"} | changes
    return Route.of(percentage=percentage, epoch=epoch, valid_for=valid_for, **facts)


def apply(percentage=10, **changes):
    """This process applies a split from now on."""
    router.take(route(percentage, **changes), time.monotonic())


def key_in(low, high):
    """An id whose bucket lies in ``low`` to ``high``, the latter excluded."""
    return next(key for key in map(str, itertools.count()) if low <= buckets.coarse(key) < high)
