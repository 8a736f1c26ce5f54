"""What the doctor says of flags."""

from datetime import timedelta

import pytest
from django.db import connection

from tests.flags.factories import FlagFactory, TargetFactory
from zdt_core import database
from zdt_core.doctor import rounds

pytestmark = pytest.mark.django_db
LONG_AGO = database.Now() - timedelta(days=91)


def found():
    return {one.code or one.area: one for one in rounds.findings()}


@pytest.mark.parametrize("facts", [{}, {"enabled": False, "percentage": 5}, {"percentage": 100}])
def test_a_flag_that_is_the_same_for_everyone_for_long_is_stale(facts):
    flag = FlagFactory(updated_at=LONG_AGO, **facts)

    assert flag.name in found()["flags_stale"].text


def test_a_flag_that_tells_people_apart_or_changed_lately_is_not():
    FlagFactory(updated_at=LONG_AGO, percentage=50)
    TargetFactory(flag__updated_at=LONG_AGO)
    FlagFactory()

    assert found()["flags"].text == "3 flags, none of them stale"


def test_a_missing_trigger_is_told():
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER zdt_flags_changed ON zdt_flags_flag")

    assert found()["zdt_flags.W004"].standing == "warning"
