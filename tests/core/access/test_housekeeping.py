from datetime import timedelta

import pytest

from tests.core.factories import TokenFactory
from zdt_core import database
from zdt_core.access import housekeeping
from zdt_core.access.models import Answer
from zdt_core.jobs import ticker


@pytest.mark.django_db
def test_answers_are_forgotten_after_their_time_and_not_before(settings):
    settings.ZDT_IDEMPOTENCY_HOURS = 24.0
    token = TokenFactory()
    for hours in (23, 25):
        at = database.Now() - timedelta(hours=hours)
        Answer.objects.create(token=token, key=f"k{hours}", fingerprint="", at=at)

    assert housekeeping.forget_old_answers() == 1
    assert Answer.objects.get().key == "k23"


def test_the_ticker_does_it():
    assert ticker._chores["access.forget"].work is housekeeping.forget_old_answers
