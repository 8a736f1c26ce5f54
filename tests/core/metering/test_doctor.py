"""What the doctor says of metrics."""

import pytest

from zdt_core import fast_copy
from zdt_core.conf import conf
from zdt_core.doctor import rounds
from zdt_core.metering import keys, source
from zdt_core.metering.checks import METERING

pytestmark = pytest.mark.django_db


def found():
    return {one.code or one.area: one for one in rounds.findings()}


def test_metrics_that_arrive_are_well():
    prefix = keys.prefix(conf.ENVIRONMENT, conf.REGION, conf.SERVICE)
    fast_copy.client().sadd(keys.members(prefix, source.clock()[1]), "1.0:a", "1.0:b")

    assert found()["metrics"].text.startswith("Metrics of 2 processes arrive")


def test_none_is_a_warning():
    assert "in the last 60 s" in found()["metrics_missing"].text


def test_what_counts_must_be_there(settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != METERING]

    assert METERING in found()["metering_missing"].cure
