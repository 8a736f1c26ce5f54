"""`zdt_schema verify` and `advance`, on a change whose columns a trigger keeps equal."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections
from django.utils import timezone

from tests.core.factories import ProcessFactory
from tests.deploy.factories import SchemaChangeFactory
from tests.deploy.schema import trial
from tests.deploy.schema.trial import KEY, TABLE, born_verified, fresh, pair, run, settle
from zdt_core import fleet, jobs
from zdt_core.events import Event
from zdt_core.exceptions import Refused
from zdt_core.jobs.models import Run
from zdt_deploy.schema import changes, contracting

pytestmark = pytest.mark.django_db


@pytest.fixture
def change():
    return born_verified("a", "b")


@pytest.fixture
def apart(change):
    """Switched, and written past the trigger by the new release."""
    changes.switched(connection, KEY)
    run(f"ALTER TABLE {TABLE} DISABLE TRIGGER {pair().trigger}")
    run(f"UPDATE {TABLE} SET new = 'x' WHERE id = 1")
    run(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {pair().trigger}")
    return fresh(change)


@pytest.fixture
def schema(capsys):
    """Runs it with --json: its object."""

    def schema(*arguments):
        call_command("zdt_schema", *arguments, json=True)
        return json.loads(capsys.readouterr().out)

    return schema


@pytest.fixture
def silent_archive(monkeypatch):
    """An alias whose database is down."""

    def refuse():
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setitem(connections.databases, "archive", connection.settings_dict)
    monkeypatch.setattr(connections["archive"], "ensure_connection", refuse)
    yield
    del connections["archive"]


@pytest.mark.parametrize("trait", ["backfilling", "verified", "owed"])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_database_that_is_down_or_gone_from_the_settings_hides_no_other_change(
    change, request, schema, trait, is_there
):
    if is_there:
        request.getfixturevalue("silent_archive")
    spec = {"pair": pair().to_json()}
    SchemaChangeFactory(key="shop.far.a>b", alias="archive", spec=spec, **{trait: True})

    here, far = schema("status")["changes"]

    assert (here["change"], far["change"]) == (KEY, "shop.far.a>b")
    assert "Every row is equal" in here["sentence"]
    told = "archive can't be reached" if is_there else "no database archive"
    assert told in far["sentence"]
    assert told in json.dumps(schema("status", "shop.far.a>b")["gate"])


def refused(*arguments):
    with pytest.raises(CommandError) as wrong:
        call_command("zdt_schema", *arguments)
    return wrong.value


def test_verifying_begins_a_new_comparison(change, schema):
    said = schema("verify", KEY)

    assert (said["phase"], said["work"]["does"]) == ("verified", "compare")
    assert settle(fresh(change)).problem == ""


def test_a_repair_before_the_switch_fills_again(change, schema):
    said = schema("verify", KEY, "--repair")

    assert said["work"]["does"] == "fill"


@pytest.mark.parametrize(
    ("state", "cure"), [("failed", "zdt_backfill retry"), ("cancelled", "--repair")]
)
def test_verifying_rows_that_were_not_filled_ends_with_1_and_the_cure(state, cure):
    trial.make_table("a")
    change = trial.expand()
    trial.work(change.backfill, state)

    wrong = refused("verify", KEY)

    assert (wrong.code, wrong.returncode) == (f"schema_fill_{state}", 1)
    assert cure in str(wrong)
    assert not change.certificates.exists()


def test_what_a_gate_said_of_the_proof_is_not_said_any_more_once_there_is_one(apart, schema):
    missing = {"condition": "certificate", "code": "schema_never_compared", "params": {"key": KEY}}
    waits = {"condition": "observed", "code": "schema_observed", "params": {"key": KEY, "left": 9}}
    type(apart).objects.filter(pk=apart.pk).update(
        owed_at=apart.switched_at, obstacles=[missing, waits]
    )
    jobs.start(contracting.JOB, apart.pk, due_in=60)

    schema("verify", KEY, "--repair", "--take", "new", "--reason", "1.0 had gone")
    settle(fresh(apart))

    said = schema("status", KEY)
    assert said["certificate"]["holds"]
    assert "still observed" in said["sentence"]
    assert "No comparison holds" not in said["sentence"]
    assert Run.objects.get(kind=contracting.JOB).due_at <= timezone.now()


@pytest.mark.parametrize("words", [["verify", KEY], ["verify", KEY, "--repair"]])
@pytest.mark.parametrize("lost", ["old", "new"])
def test_a_column_that_was_dropped_with_its_trigger_is_what_is_said_to_be_lost(change, words, lost):
    run(f"ALTER TABLE {TABLE} DROP COLUMN {lost} CASCADE")

    wrong = refused(*words)

    assert (wrong.code, wrong.returncode) == ("schema_column_missing", 1)
    assert f"{TABLE} has lost {lost}" in str(wrong)
    with pytest.raises(Refused, match=f"has lost {lost}"):
        changes.require_switch(connection, KEY)


def test_a_repair_after_the_switch_overwrites_nothing(apart, schema):
    assert schema("verify", KEY, "--repair")["work"]["does"] == "compare"

    assert settle(fresh(apart)).problem == "schema_sides_differ"
    assert "--take" in schema("status", KEY)["sentence"]
    assert run(f"SELECT old, new FROM {TABLE} WHERE id = 1") == [("a", "x")]


def test_a_side_is_taken_by_who_says_why(apart, schema):
    assert "--reason" in str(refused("verify", KEY, "--repair", "--take", "new"))

    said = schema("verify", KEY, "--repair", "--take", "new", "--reason", "1.0 had gone")

    assert said["work"]["does"] == "fill"
    assert settle(fresh(apart)).problem == ""
    assert run(f"SELECT old, new FROM {TABLE} WHERE id = 1") == [("x", "x")]
    told = Event.objects.filter(kind="schema.repairing", refused=False).get()
    assert (told.reason, told.params["truth"]) == ("1.0 had gone", "new")


@pytest.mark.parametrize(
    "words", [["--take", "new"], ["--repair", "--take", "both"]], ids=["no repair", "no side"]
)
def test_what_makes_no_sense_is_a_wrong_use(change, words):
    assert refused("verify", KEY, *words).returncode == 2


@pytest.fixture
def owed(monkeypatch):
    """A contract that an old process keeps owed."""
    done = []
    kind = contracting.Kind(lambda editor, spec: done.append(spec), None)
    monkeypatch.setitem(contracting._kinds, "test_drop", kind)
    monkeypatch.setattr(fleet, "strangers", lambda alias: [])
    ProcessFactory(release="1.0", service="shop", environment="test")
    return SchemaChangeFactory(owed=True)


def test_a_contract_goes_against_its_gate_only_for_a_reason(owed, schema):
    wrong = refused("advance", owed.key)
    assert (wrong.returncode, "1 web of shop 1.0" in str(wrong)) == (1, True)
    assert "--reason" in str(refused("advance", owed.key, "--force"))

    said = schema("advance", owed.key, "--force", "--reason", "web3 burnt down")

    assert said["phase"] == "contracted"
    assert Event.objects.get(kind="schema.forced", refused=False).reason == "web3 burnt down"
