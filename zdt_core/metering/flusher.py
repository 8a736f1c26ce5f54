"""Takes what the ledger counted to Redis, each second, by the pulse.

Each flush is a parcel with a number. Redis refuses a number that it has counted, so that a parcel
whose answer was lost is sent again without counting twice; a parcel that it may have counted in
part is not counted again either. Redis's clock and the parcel's age, measured by this process's
monotonic clock, say which window it belongs to.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from zdt_core import fast_copy, fleet, identity, pulse
from zdt_core.conf import conf
from zdt_core.metering import keys
from zdt_core.metering.ledger import Amounts, ledger

logger = logging.getLogger("zdt.metering")

REPORTING = "metering_reports_for"
"""The fact by which the fleet knows it."""

MOST_AT_ONCE = 200
"""Parcels a flush sends; after a long time without Redis the rest follows at the next ones."""

# KEYS: the last flush's number. ARGV: prefix, number, age in seconds, window in seconds, seconds
# to keep, member, seconds to keep totals, then field and amount in turn. The number is set first:
# what fails after it is lost, and never counted twice.
_COUNT = """
local number = tonumber(ARGV[2])
if number <= tonumber(redis.call('GET', KEYS[1]) or '0') then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[5])
local time = redis.call('TIME')
local length = tonumber(ARGV[4])
local at = tonumber(time[1]) + tonumber(time[2]) / 1000000 - tonumber(ARGV[3])
local start = string.format('%d', math.floor(at / length) * length)
local members = ARGV[1] .. ':i:' .. start
local window = ARGV[1] .. ':w:' .. start .. ':' .. ARGV[6]
local totals = ARGV[1] .. ':t:' .. ARGV[6]
redis.call('HSET', window, 's', ARGV[4])
for i = 8, #ARGV, 2 do
    redis.call('HINCRBYFLOAT', window, ARGV[i], ARGV[i + 1])
    redis.call('HINCRBYFLOAT', totals, ARGV[i], ARGV[i + 1])
end
redis.call('EXPIRE', window, ARGV[5])
redis.call('EXPIRE', totals, ARGV[7])
local reporters = ARGV[1] .. ':t'
redis.call('ZADD', reporters, time[1], ARGV[6])
redis.call('ZREMRANGEBYSCORE', reporters, '-inf', tonumber(time[1]) - tonumber(ARGV[7]))
redis.call('EXPIRE', reporters, ARGV[7])
redis.call('SADD', members, ARGV[6])
redis.call('EXPIRE', members, ARGV[5])
return 1
"""


_turn = threading.Lock()


def _renew_turn() -> None:
    global _turn
    _turn = threading.Lock()


os.register_at_fork(after_in_child=_renew_turn)


class Sums(Protocol):
    """What a ledger adds up; false where it is nothing."""

    @property
    def requests(self) -> int: ...


S = TypeVar("S", bound=Sums)
S_co = TypeVar("S_co", bound=Sums, covariant=True)


class Settled(Protocol[S_co]):
    """A ledger: `settle` gives everything counted since the last time."""

    def settle(self) -> S_co: ...


@dataclass(frozen=True, slots=True)
class Parcel(Generic[S]):
    number: int
    packed: float
    amounts: S


class Parcels(Generic[S]):
    """The parcels of one process; ``lost_requests`` counts what Redis was away too long for.

    A process that has counted once keeps reporting if it ``reports_zeros``, so that an idle process
    can be told from one whose metrics do not arrive.
    """

    reports_zeros = True

    def __init__(self, ledger: Settled[S]) -> None:
        self._ledger = ledger
        self.reset()

    def reset(self) -> None:
        """Start afresh, as a forked child must: it has an instance id of its own."""
        self._one_at_a_time = threading.Lock()
        self._parcels: deque[Parcel[S]] = deque()
        self._number = 0
        self._began: float | None = None
        self.lost_requests = 0

    @property
    def waiting(self) -> int:
        """Parcels that Redis has not taken yet."""
        return len(self._parcels)

    def reporting_for(self) -> float | None:
        """For how many seconds this process has had something to report; None before."""
        return None if self._began is None else round(time.monotonic() - self._began, 1)

    def flush(self) -> None:
        """Pack what was counted, and send all that waits. Raises what Redis raises; nothing is
        lost then until it is `ZDT_METRICS_BACKLOG_SECONDS` old."""
        with self._one_at_a_time:
            self._pack()
            self._drop_the_old()
            with _turn:  # a process has one connection to Redis
                self._send()

    def _pack(self) -> None:
        amounts = self._ledger.settle()
        if amounts or (self._number and self.reports_zeros):
            self._number += 1
            self._began = self._began or time.monotonic()
            self._parcels.append(Parcel(self._number, time.monotonic(), amounts))

    def _drop_the_old(self) -> None:
        oldest = time.monotonic() - conf.METRICS_BACKLOG_SECONDS
        dropped = 0
        while self._parcels and self._parcels[0].packed < oldest:
            dropped += self._parcels.popleft().amounts.requests
        if dropped:
            self.lost_requests += dropped
            logger.warning("Redis was away too long: %s requests are in no metric", dropped)

    def _send(self) -> None:
        for _ in range(min(len(self._parcels), MOST_AT_ONCE)):
            parcel = self._parcels[0]
            self.hand_over(parcel, max(0.0, time.monotonic() - parcel.packed))
            self._parcels.popleft()

    def hand_over(self, parcel: Parcel[S], age: float) -> None:
        """Have Redis count a parcel that was packed ``age`` seconds ago."""
        raise NotImplementedError


class Flusher(Parcels[Amounts]):
    """Counts what was served in windows and in totals."""

    def hand_over(self, parcel: Parcel[Amounts], age: float) -> None:
        client, who = fast_copy.client(), identity.current()
        prefix = keys.prefix(who.environment, who.region, who.service)
        client.eval(
            _COUNT, 1, keys.last_flush(prefix, who.instance),
            prefix, parcel.number, f"{age:.6f}", conf.METRICS_WINDOW, keys.KEPT_SECONDS,
            f"{who.release}:{who.instance}", keys.TOTALS_KEPT_SECONDS, *_fields(parcel.amounts),
        )  # fmt: skip


def _fields(amounts: Amounts) -> list[str | int | float]:
    pairs: dict[str, int | float] = {
        "n": amounts.requests,
        "e": amounts.errors,
        "m": amounts.misrouted,
        **{f"h{index}": count for index, count in amounts.latency.items()},
        **{f"c:{name}": amount for name, amount in amounts.counters.items()},
    }
    return [part for pair in pairs.items() for part in pair]


flusher = Flusher(ledger)
"""This process's."""

os.register_at_fork(after_in_child=flusher.reset)


def register() -> None:
    """Have the pulse flush each second, and once more when it stops. The fleet is told for how long
    there is something to hear of this process, whether or not it reaches Redis."""
    fleet.report(REPORTING, flusher.reporting_for)
    pulse.beat("metering.flush", lambda: conf.METRICS_FLUSH_SECONDS, isolated=True)(flusher.flush)
    pulse.at_exit(flusher.flush)
