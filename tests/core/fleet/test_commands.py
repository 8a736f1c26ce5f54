import logging

import pytest

from zdt_core import fleet
from zdt_core.fleet import commands
from zdt_core.fleet.row import Command


def test_an_order_is_carried_out_once():
    done = []
    fleet.on_command("drain", lambda: done.append(1))

    assert commands.carry_out(Command("drain", 1))
    assert not commands.carry_out(Command("drain", 1))
    assert done == [1]
    assert commands.done() == 1


def test_a_row_without_an_order_asks_for_nothing():
    fleet.on_command("drain", lambda: 1 / 0)

    assert not commands.carry_out(Command("", 0))


def test_the_same_order_given_again_is_carried_out_again():
    done = []
    fleet.on_command("drain", lambda: done.append(1))
    commands.carry_out(Command("drain", 1))
    commands.carry_out(Command("drain", 2))

    assert done == [1, 1]


def test_an_order_that_failed_is_not_done():
    fleet.on_command("drain", lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        commands.carry_out(Command("drain", 1))

    assert commands.done() == 0


def test_a_command_of_another_release_stays_undone_and_is_told_once(caplog):
    with caplog.at_level(logging.ERROR, "zdt.fleet"):
        assert not commands.carry_out(Command("dance", 1))
        assert not commands.carry_out(Command("dance", 1))

    assert commands.done() == 0
    assert len(caplog.records) == 1
