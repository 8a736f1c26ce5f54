"""Every list of the admin, whichever app it is of: few questions however long it is, and a hint
where it is empty."""

import factory
import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.core.factories import ProcessFactory, RunFactory
from tests.deploy.factories import (
    BackfillFactory,
    DeploymentFactory,
    DrillFactory,
    EmergencyFactory,
    FreezeFactory,
    PlanFactory,
    RangeFactory,
    SchemaChangeFactory,
    VerdictFactory,
)
from tests.flags.factories import FlagFactory, TargetFactory
from zdt_audit.models import Entry
from zdt_core import database
from zdt_core.access.models import Token
from zdt_core.console import doctor, paging
from zdt_core.console.admin import short
from zdt_core.events import Event
from zdt_core.notify.models import Notification
from zdt_core.templatetags.zdt_console import ago
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.deployments.models import Deployment
from zdt_flags.models import Flag

pytestmark = pytest.mark.django_db
MOST_QUERIES = 20
FEW, MANY = 5, 40
HERE = {"service": "shop", "environment": "test"}


def deployments(count):
    """Each of a service of its own, with a verdict."""
    begin = Deployment.objects.count()
    made = DeploymentFactory.build_batch(count)
    for number, deployment in enumerate(made, begin):
        deployment.service = f"shop-{number}"
    Deployment.objects.bulk_create(made)
    return VerdictFactory.build_batch(count, deployment=factory.Iterator(made))


def backfills(count):
    made = Backfill.objects.bulk_create(BackfillFactory.build_batch(count))
    return RangeFactory.build_batch(count, backfill=factory.Iterator(made))


def emergencies(count):
    made = DeploymentFactory.build_batch(count, state="completed")
    Deployment.objects.bulk_create(made)
    return EmergencyFactory.build_batch(count, deployment=factory.Iterator(made))


def flags(count):
    made = Flag.objects.bulk_create(FlagFactory.build_batch(count))
    return TargetFactory.build_batch(count, flag=factory.Iterator(made))


def entries(count):
    return [Entry(stream=f"flag:{n}", kind="flag.edited", actor="user:ada") for n in range(count)]


def events(count):
    facts = {"subject_type": "flag", "actor_kind": "user", "actor_name": "ada", **HERE}
    return [Event(kind=f"flag.edited{n % 7}", subject_id=f"f-{n}", **facts) for n in range(count)]


def notifications(count):
    facts = {"channel": "log", "kind": "deployment.held", "severity": "warning", "text": "Look."}
    return [Notification(key=str(number), **facts, **HERE) for number in range(count)]


def tokens(count):
    facts = {"environment": "test", "created_by": "user:ada", "expires_at": database.Now()}
    return [Token(name=f"token-{count}-{n}", prefix=f"p{n}-{count}", **facts) for n in range(count)]


def drills(count):
    made = Deployment.objects.bulk_create(DeploymentFactory.build_batch(count, state="rolled_back"))
    return DrillFactory.build_batch(count, deployment=factory.Iterator(made))


ROWS = {
    "backfill": backfills,
    "costs": deployments,
    "deployment": deployments,
    "drill": drills,
    "emergency": emergencies,
    "entry": entries,
    "event": events,
    "flag": flags,
    "freeze": FreezeFactory.build_batch,
    "notification": notifications,
    "overview": deployments,
    "plan": PlanFactory.build_batch,
    "process": ProcessFactory.build_batch,
    "run": RunFactory.build_batch,
    "schemachange": SchemaChangeFactory.build_batch,
    "token": tokens,
}
"""Makes so many rows, the last of which are returned and not yet saved."""

ALL = {
    model._meta.model_name: model
    for model in admin.site._registry
    if model._meta.app_label.startswith("zdt_")
}
every_list = pytest.mark.parametrize("name", sorted(ALL))


@pytest.fixture
def superuser(client):
    client.force_login(get_user_model().objects.create_superuser("root"))
    return client


def address(name):
    return reverse(f"admin:{ALL[name]._meta.app_label}_{name}_changelist")


def fill(name, count):
    rows = ROWS[name](count)
    type(rows[0]).objects.bulk_create(rows)


@every_list
def test_a_list_takes_few_queries_and_no_more_when_it_is_long(superuser, name):
    numbers = []
    for count in (FEW, MANY):
        fill(name, count)
        doctor.forget()
        with CaptureQueriesContext(database.connection()) as seen:
            assert superuser.get(address(name)).status_code == 200
        numbers.append(len(seen))

    assert max(numbers) <= MOST_QUERIES
    assert numbers[1] <= numbers[0]


@every_list
def test_the_page_of_a_row_takes_few_queries(superuser, name):
    fill(name, FEW)
    model = ALL[name]
    row = model._default_manager.first() if model._meta.managed else None
    page = reverse(f"admin:{model._meta.app_label}_{name}_change", args=(row.pk if row else 1,))
    doctor.forget()

    with CaptureQueriesContext(database.connection()) as seen:
        assert superuser.get(page).status_code in (200, 302)

    assert len(seen) <= MOST_QUERIES


@pytest.mark.parametrize("name", ["event", "run", "notification"])
def test_a_list_that_grows_for_ever_is_not_counted_to_its_end(superuser, name, monkeypatch):
    monkeypatch.setattr(paging, "MOST", 3)
    fill(name, FEW)

    with CaptureQueriesContext(database.connection()) as seen:
        superuser.get(address(name))

    counts = [query["sql"] for query in seen if "COUNT(" in query["sql"]]
    assert counts
    assert all("LIMIT 3" in sql for sql in counts if f"zdt_core_{name}" in sql)


@every_list
def test_an_empty_list_says_what_comes_next(superuser, name):
    page = superuser.get(address(name)).content.decode()

    assert "zdt-empty" in page or "<code>manage.py" in page


def test_a_long_id_is_told_by_its_end_and_named_in_full():
    assert short("deployment:deploy-20260101T000000Z-4f2a9c11") == (
        '<span class="zdt-short" title="deployment:deploy-20260101T000000Z-4f2a9c11">'
        "deployment:…4f2a9c11</span>"
    )
    assert short("new_checkout_flow") == "new_checkout_flow"


def test_a_marked_up_id_stays_text():
    assert "<b>" not in short("<b>" * 20)


@pytest.mark.parametrize(
    ("seconds", "text"), [(3.4, "3 s ago"), (119, "119 s ago"), (4052, "68 min ago"),
                          (90_000, "25 h ago")]
)  # fmt: skip
def test_how_long_ago_is_said_in_the_unit_that_is_read_at_once(seconds, text):
    assert ago(seconds) == text
