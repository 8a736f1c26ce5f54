"""The examinations of zdt_core's rooms; each registers its own."""

from zdt_core.access import doctor as access
from zdt_core.doctor import ground
from zdt_core.fleet import doctor as fleet
from zdt_core.jobs import doctor as jobs
from zdt_core.metering import doctor as metering

__all__ = ["access", "fleet", "ground", "jobs", "metering"]
