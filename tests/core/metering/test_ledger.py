import math
import threading

import pytest

from zdt_core import metering
from zdt_core.metering import histogram, ledger
from zdt_core.metering.ledger import Amounts


def test_entries_become_amounts_once(counted):
    counted.requests.extend([(0.010, False, False), (0.200, True, False), (0.010, False, True)])
    counted.counts.append(("order_placed", 2))
    counted.counts.append(("order_placed", 0.5))

    assert counted.settle() == Amounts(
        requests=3,
        errors=1,
        misrouted=1,
        latency=histogram.of([10, 10, 200]),
        counters={"order_placed": 2.5},
    )
    assert counted.settle() == Amounts()


def test_adding_up_early_loses_nothing(counted):
    counted.requests.append((0.01, False, False))
    counted.add_up()
    counted.requests.append((0.01, True, False))

    assert (counted.settle().requests, counted.settle().requests) == (2, 0)


def test_no_entry_is_lost_or_doubled_between_threads(counted):
    def serve():
        for _ in range(2000):
            counted.requests.append((0.01, False, False))
            counted.counts.append(("served", 1))

    threads = [threading.Thread(target=serve) for _ in range(4)]
    for thread in threads:
        thread.start()
    taken = []
    while any(thread.is_alive() for thread in threads):
        taken.append(counted.settle())
    taken.append(counted.settle())

    assert sum(amounts.requests for amounts in taken) == 8000
    assert sum(amounts.counters.get("served", 0) for amounts in taken) == 8000


def test_count_adds_to_the_counter_of_this_process():
    metering.count("order_placed")
    metering.count("order_value", 12.5)

    assert ledger.ledger.settle().counters == {"order_placed": 1, "order_value": 12.5}


def test_without_a_flusher_counting_stays_small(monkeypatch):
    monkeypatch.setattr(ledger, "FULL", 10)
    for _ in range(25):
        metering.count("order_placed")

    assert len(ledger.ledger.counts) < 10
    assert ledger.ledger.settle().counters == {"order_placed": 25}


@pytest.mark.parametrize("amount", [-1, math.nan, math.inf, 1e16])
def test_an_amount_that_cannot_be_counted_is_an_error(amount):
    with pytest.raises(ValueError, match="Count an amount"):
        metering.count("order_placed", amount)


@pytest.mark.parametrize("name", ["", "1st", "two words", "a:b", "x" * 61])
def test_a_name_that_cannot_be_a_counter_is_an_error(name):
    with pytest.raises(ValueError, match="counter's name"):
        metering.count(name)


def test_names_made_from_user_input_do_not_fill_redis(counted, caplog):
    for number in range(ledger.MOST_COUNTERS + 1):
        counted.counts.append((f"page_{number}", 1))

    assert len(counted.settle().counters) == ledger.MOST_COUNTERS
    assert "is not counted" in caplog.text
