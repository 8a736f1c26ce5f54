import logging

from hypothesis import given
from hypothesis import strategies as st

from zdt_core import fleet
from zdt_core.fleet import reports


def test_without_reporters_nothing_is_in_flight():
    told = reports.gather()

    assert (told.draining, told.in_flight, told.facts) == (False, 0, {})


def test_columns_and_facts_are_told_apart():
    fleet.report("draining", lambda: True)
    fleet.report("in_flight", lambda: 3)
    fleet.report("group", lambda: "a")
    fleet.report("nothing", lambda: None)

    told = reports.gather()

    assert (told.draining, told.in_flight, told.facts) == (True, 3, {"group": "a"})


def test_a_reporter_that_raises_does_not_stop_the_beat(caplog):
    fleet.report("in_flight", lambda: 1 / 0)
    fleet.report("group", lambda: "a")

    with caplog.at_level(logging.ERROR, "zdt.fleet"):
        told = reports.gather()

    assert (told.in_flight, told.facts) == (0, {"group": "a"})
    assert "in_flight" in caplog.text


@given(st.lists(st.integers(0, 1000), min_size=1))
def test_acknowledgements_never_go_back(epochs):
    reports._acknowledged.clear()
    for epoch in epochs:
        fleet.acknowledge("share:shop", epoch)

    assert reports.gather().acknowledged == {"share:shop": max(epochs)}


def test_names_are_acknowledged_apart():
    fleet.acknowledge("share:shop", 7)
    fleet.acknowledge("flags", 2)

    assert reports.gather().acknowledged == {"share:shop": 7, "flags": 2}
