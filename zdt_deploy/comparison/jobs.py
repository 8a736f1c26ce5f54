"""The chore of comparisons."""

from __future__ import annotations

from zdt_core import jobs
from zdt_deploy.comparison import copying
from zdt_deploy.conf import conf


@jobs.ticker.every("comparison.forget", 3600)
def forget_old() -> int:
    """Forget what nobody compares any more, with the metric windows."""
    return copying.forget_old(conf.METRICS_KEEP_DAYS)
