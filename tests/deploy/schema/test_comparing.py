"""What becomes of a comparison that did not end well."""

import pytest

from tests.deploy.schema import trial
from tests.deploy.schema.trial import ADA, KEY, fresh, settle, work
from zdt_core.doctor import rounds
from zdt_core.exceptions import Refused
from zdt_core.notify.models import Notification
from zdt_deploy import backfills
from zdt_deploy.schema import following, steering

pytestmark = pytest.mark.django_db
VERIFY = f"manage.py zdt_schema verify '{KEY}'"


def test_a_comparison_is_begun_anew_instead_of_retried_and_everybody_says_so(admin_client):
    trial.make_table("Mary Ann")
    change = trial.expand()
    work(change.backfill)
    following.follow(change.pk)
    broken = change.certificates.get().backfill
    work(broken, "failed")
    following.follow(change.pk)

    with pytest.raises(Refused, match=VERIFY):
        backfills.retry(broken, actor=ADA)
    page = admin_client.get(f"/admin/zdt_deploy/backfill/{broken.pk}/change/").content.decode()
    assert "zdt-do-retry" not in page
    assert VERIFY in Notification.objects.get(kind="backfill.failed").cure
    doctor = [one.cure for one in rounds.findings() if one.code == "backfill_failed"]
    assert VERIFY in doctor[0]

    steering.verify(fresh(change), actor=ADA)
    assert settle(change).phase == "verified"
