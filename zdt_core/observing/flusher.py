"""Takes what the ledger observed to Redis, by the pulse, counted once as metrics are.

Redis answers which ids it has no words for, and is told those: after it lost everything, too.
"""

from __future__ import annotations

import os
from typing import Any, cast

from zdt_core import fast_copy, identity, pulse
from zdt_core.conf import conf
from zdt_core.metering.flusher import Parcel, Parcels
from zdt_core.observing import keys
from zdt_core.observing.ledger import Amounts, ledger

MOST_FIELDS = 1000
"""Fields of one release in one slot; ids beyond them are counted as others."""

MOST_WORDS = 3000
"""Ids of one release whose words are kept; beyond them all are asked for again."""

# KEYS: the last flush's number. ARGV: prefix, number, age in seconds, slot in seconds, seconds to
# keep, release, most fields, most words, then field and amount in turn. The time of a query goes
# where its calls went before it: apart, or to the others.
_COUNT = """
local number = tonumber(ARGV[2])
if number <= tonumber(redis.call('GET', KEYS[1]) or '0') then return {} end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[5])
local time = redis.call('TIME')
local length = tonumber(ARGV[4])
local at = tonumber(time[1]) + tonumber(time[2]) / 1000000 - tonumber(ARGV[3])
local start = string.format('%d', math.floor(at / length) * length)
local slot = ARGV[1] .. ':s:' .. start .. ':' .. ARGV[6]
local words = ARGV[1] .. ':w:' .. ARGV[6]
local releases = ARGV[1] .. ':r:' .. start
local most = tonumber(ARGV[7])
local wordless = {}
if redis.call('HLEN', words) >= tonumber(ARGV[8]) then redis.call('DEL', words) end
for i = 9, #ARGV, 2 do
    local field = ARGV[i]
    local kind, id = string.match(field, '^([pxct]):(.+)$')
    local known = kind == 't' and 'c:' .. id or field
    if id and redis.call('HLEN', slot) >= most and redis.call('HEXISTS', slot, known) == 0 then
        field = kind .. ':others'
    elseif id and id ~= 'others' and redis.call('HEXISTS', words, id) == 0 then
        table.insert(wordless, id)
    end
    redis.call('HINCRBY', slot, field, ARGV[i + 1])
end
redis.call('EXPIRE', slot, ARGV[5])
redis.call('EXPIRE', words, ARGV[5])
redis.call('SADD', releases, ARGV[6])
redis.call('EXPIRE', releases, ARGV[5])
return wordless
"""


class Flusher(Parcels[Amounts]):
    reports_zeros = False

    def hand_over(self, parcel: Parcel[Amounts], age: float) -> None:
        client, who = fast_copy.client(), identity.current()
        prefix = keys.prefix(who.environment, who.region, who.service)
        wordless = client.eval(
            _COUNT, 1, keys.last_flush(prefix, who.instance),
            prefix, parcel.number, f"{age:.6f}", keys.slot_seconds(), keys.KEPT_SECONDS,
            who.release, MOST_FIELDS, MOST_WORDS, *_fields(parcel.amounts),
        )  # fmt: skip
        named = {name.decode() for name in cast(Any, wordless)}
        told = {id: text for id, text in parcel.amounts.words.items() if id in named}
        if told:
            name = keys.words(prefix, who.release)
            client.hset(name, mapping=cast(Any, told))
            client.expire(name, keys.KEPT_SECONDS)


def _fields(amounts: Amounts) -> list[str | int]:
    pairs: dict[str, int] = {
        "n": amounts.requests,
        "e": amounts.failed,
        "u": amounts.microseconds,
        "q": amounts.queries,
        **{f"h{index}": count for index, count in amounts.latency.items()},
        **{f"d{index}": count for index, count in amounts.database.items()},
        **{f"p:{id}": count for id, count in amounts.inside.items()},
        **{f"x:{id}": count for id, count in amounts.outside.items()},
        **{f"c:{id}": sums[0] for id, sums in amounts.statements.items()},
        **{f"t:{id}": sums[1] for id, sums in amounts.statements.items()},
    }
    return [part for pair in pairs.items() for part in pair]


flusher = Flusher(ledger)
"""This process's."""

os.register_at_fork(after_in_child=flusher.reset)


def register() -> None:
    """Have the pulse flush once per metric window, and once more when it stops."""
    pulse.beat("observing.flush", lambda: float(conf.METRICS_WINDOW), isolated=True)(flusher.flush)
    pulse.at_exit(flusher.flush)
