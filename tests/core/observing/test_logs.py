"""Which records are grouped."""

import logging

import pytest

from zdt_core.observing import logs
from zdt_core.observing.ledger import ledger
from zdt_core.observing.under_way import under_way


@pytest.fixture
def shop():
    """A logger that nobody hears: no handler, and it does not propagate."""
    logger = logging.getLogger("observed.shop")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    yield logger
    logger.handlers.clear()
    logger.propagate = True


def texts():
    amounts = ledger.settle()
    return sorted((*amounts.inside, *amounts.outside))


def test_every_error_is_grouped_also_of_a_logger_that_does_not_propagate(shop):
    shop.error("order %s", 1)
    shop.error("order %s", 2)

    assert list(ledger.settle().outside.values()) == [2]


def test_warnings_are_grouped_only_where_the_site_asks_for_it(shop, settings):
    shop.warning("slow")
    assert texts() == []

    settings.ZDT_OBSERVE_LEVEL = "WARNING"
    shop.warning("slow")
    assert len(texts()) == 1


def test_inside_of_a_request_and_outside_are_told_apart(shop):
    before = under_way.set([0.0, 0])
    shop.error("broken")
    under_way.reset(before)
    shop.error("broken")

    amounts = ledger.settle()
    assert (list(amounts.inside.values()), list(amounts.outside.values())) == ([1], [1])


def test_a_logger_can_be_left_out(shop, settings):
    settings.ZDT_OBSERVE_IGNORE = ["observed.shop"]
    shop.error("broken")

    assert texts() == []


def test_nothing_is_grouped_once_it_is_switched_off(shop, settings):
    settings.ZDT_OBSERVE = False
    shop.error("broken")

    assert texts() == []


def test_an_error_in_grouping_reaches_nobody_who_logs(shop, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    monkeypatch.setattr(logs.patterns, "of_record", lambda *a, **k: 1 / 0)

    shop.error("broken")

    assert texts() == []


def test_the_handler_of_last_resort_still_speaks(capsys):
    logger = logging.getLogger("observed.nobody")
    root = logging.getLogger()
    kept, root.handlers = root.handlers, []
    try:
        logger.error("nobody configured me")
    finally:
        root.handlers = kept

    assert "nobody configured me" in capsys.readouterr().err
    assert len(texts()) == 1


def test_watching_twice_counts_once(shop):
    logs.watch()
    logs.watch()
    shop.error("broken")

    assert list(ledger.settle().outside.values()) == [1]


def test_without_a_flusher_errors_stay_few(shop, monkeypatch):
    monkeypatch.setattr(logs.room, "FULL", 10)
    for number in range(25):
        shop.error("order %s", number)

    assert len(ledger.errors) < 10
    assert list(ledger.settle().outside.values()) == [25]
