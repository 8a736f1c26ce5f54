"""One line for the beginning of an outage, one for its end."""

import logging

from zdt_core.jobs.outages import Outage


def test_an_outage_is_told_once_and_its_end_too(caplog):
    outage = Outage("Redis", logging.getLogger("test"))

    for _ in range(3):
        outage.seen(ConnectionError("refused\nand more"))
    for _ in range(3):
        outage.over()

    assert caplog.messages == ["Redis is away: refused", "Redis is back."]


def test_an_error_without_words_is_named():
    outage = Outage("Redis", logging.getLogger("test"))

    outage.seen(TimeoutError())

    assert outage.away
