"""What each process of this region counted since it began, read from the region's Redis.

Any process can tell for the whole fleet, so it does not matter whom a balancer picks for a scrape.
A process that is started anew has a new instance id, so no series ever falls; where Redis lost
everything the totals begin at 0, which Prometheus takes for what it is: a counter's reset.
"""

from __future__ import annotations

from typing import Any, cast

from zdt_core import fast_copy
from zdt_core.metering import keys, samples
from zdt_core.metering.samples import Sample

_AT_ONCE = 200


def read(environment: str, region: str, service: str) -> list[Sample]:
    """The totals of all processes that flushed within `keys.TOTALS_KEPT_SECONDS`.

    What cannot be true is left out, and so is who has no totals any more. Raises fast_copy.Error
    when Redis is away.
    """
    prefix = keys.prefix(environment, region, service)
    client = fast_copy.client()
    reporters = cast(Any, client.zrange(keys.reporters(prefix), 0, -1))
    members = sorted(member.decode(errors="replace") for member in reporters)
    found: list[Sample] = []
    for first in range(0, len(members), _AT_ONCE):
        some = members[first : first + _AT_ONCE]
        ask = client.pipeline(transaction=False)
        for member in some:
            ask.hgetall(keys.totals(prefix, member))
        answers = zip(some, ask.execute(), strict=True)
        found += [samples.parse(0, member, fields, 0) for member, fields in answers]
    return [sample for sample in found if not sample.problem]
