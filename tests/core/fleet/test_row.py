import pytest

from zdt_core import identity
from zdt_core.fleet import row
from zdt_core.fleet.models import Process
from zdt_core.fleet.reports import Report

pytestmark = pytest.mark.django_db
QUIET = Report(draining=False, in_flight=0, acknowledged={}, facts={})


def test_the_first_beat_makes_the_row_of_this_process(me):
    row.write("web", Report(True, 4, {"share:shop": 9}, {"group": "g"}), 0)

    found = Process.objects.get()
    who = identity.current()
    assert found.instance == me
    assert (found.role, found.release, found.service) == ("web", who.release, who.service)
    assert (found.host, found.pid, found.environment) == (who.host, who.pid, "test")
    assert (found.draining, found.in_flight) == (True, 4)
    assert (found.acknowledged, found.facts) == ({"share:shop": 9}, {"group": "g"})


def test_later_beats_change_the_one_row(me):
    row.write("web", QUIET, 0)
    joined = Process.objects.get().joined_at
    row.write("web", Report(False, 2, {}, {}), 0)

    found = Process.objects.get()
    assert found.in_flight == 2
    assert found.joined_at == joined


def test_a_beat_is_one_statement(me, django_assert_num_queries):
    row.write("web", QUIET, 0)
    with django_assert_num_queries(1):
        row.write("web", QUIET, 0)


def test_who_was_taken_for_gone_is_back_with_a_beat(me):
    row.write("web", QUIET, 0)
    row.sign_off(QUIET)
    row.write("web", QUIET, 0)

    assert Process.objects.get().left_at is None


def test_a_row_deleted_by_hand_is_made_again(me):
    row.write("web", QUIET, 0)
    Process.objects.all().delete()
    row.write("web", QUIET, 5)

    found = Process.objects.get()
    assert (found.command_serial, found.command_done) == (5, 5), "orders would not be heard"


def test_an_order_comes_back_with_the_beat(me):
    row.write("web", QUIET, 0)
    Process.objects.update(command="drain", command_serial=3)

    assert row.write("web", QUIET, 0) == row.Command("drain", 3)


def test_what_is_done_is_told_and_never_untold(me):
    row.write("web", QUIET, 0)
    Process.objects.update(command="drain", command_serial=3)
    row.write("web", QUIET, 3)
    row.write("web", QUIET, 0)

    assert Process.objects.get().command_done == 3


def test_signing_off_keeps_what_was_left_in_flight(me):
    row.write("web", QUIET, 0)
    row.sign_off(Report(True, 2, {}, {}))

    found = Process.objects.get()
    assert found.left_at is not None
    assert (found.draining, found.in_flight) == (True, 2)
