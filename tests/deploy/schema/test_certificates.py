"""Proof: every row compared both ways, and the trigger untouched since."""

import pytest
from django.db import connection

from tests.deploy.schema import trial
from tests.deploy.schema.trial import (
    ADA,
    KEY,
    TABLE,
    born_verified,
    expand,
    fresh,
    pair,
    run,
    settle,
    told,
    work,
)
from zdt_core.exceptions import Refused
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.schema import certificates, changes, following, steering, triggers
from zdt_deploy.schema.models import Certificate

pytestmark = pytest.mark.django_db


@pytest.fixture
def table():
    trial.make_table("a", None, "c")


@pytest.fixture
def verified():
    return born_verified("a", None, "c")


def bypass(sql):
    """Write past the trigger, as nobody can who does not disable it."""
    run(f"ALTER TABLE {TABLE} DISABLE TRIGGER {pair().trigger}")
    run(sql)
    run(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {pair().trigger}")


def newest(change):
    return change.certificates.order_by("-id").first()


def verify(change):
    steering.verify(fresh(change), actor=ADA)
    return settle(change)


# ---- what it says ----


def test_it_counts_every_row_and_bears_the_mark_of_the_trigger(table):
    verified = settle(expand())
    certificate = newest(verified)

    assert (certificate.state, certificate.rows) == ("valid", 3)
    assert (certificate.different, certificate.lossy, certificate.samples) == (0, 0, [])
    assert len(certificate.trigger) == 64
    assert certificate.finished_at is not None
    assert certificates.valid(verified) == certificate


def test_rows_that_differ_are_counted_and_listed_and_the_phase_stays(table):
    change = expand()
    work(change.backfill)
    bypass(f"UPDATE {TABLE} SET new = 'x' WHERE id IN (1, 2)")

    change = settle(change)

    assert (change.phase, change.problem) == ("backfilling", "schema_rows_differ")
    certificate = newest(change)
    assert (certificate.state, certificate.different) == ("failed", 2)
    assert sorted(certificate.samples) == [["1"], ["2"]]
    with pytest.raises(Refused, match="2 of 3 rows differ"):
        changes.require_switch(connection, KEY)
    assert "schema.problem_found" in told()


def test_no_more_than_a_hundred_keys_are_listed(table):
    run(f"INSERT INTO {TABLE} (old) SELECT 'x' FROM generate_series(1, 300)")
    change = expand()
    work(change.backfill)
    bypass(f"UPDATE {TABLE} SET new = 'y'")

    certificate = newest(settle(change))

    assert (certificate.different, len(certificate.samples)) == (303, 100)


def test_rows_that_would_not_convert_back_are_no_proof(table):
    change = settle(expand(pair(up="upper({old})", down="{new}")))

    assert (change.phase, change.problem) == ("backfilling", "schema_rows_lossy")
    certificate = newest(change)
    assert certificate.lossy == 2
    assert change.problem_params["lossy"] == certificate.lossy


def test_a_change_that_accepts_the_loss_counts_them_all_the_same(table):
    change = settle(expand(pair(up="upper({old})", down="{new}"), lossy=True))

    assert newest(change).lossy == 2
    assert newest(change).different == 0
    assert change.phase == "verified"


def test_rows_that_cannot_be_converted_are_listed_and_the_phase_stays(table):
    change = expand(pair(up="({old})::int", down="({new})::text", kind="int"))
    work(change.backfill, Backfill.State.FAILED)

    change = settle(change)

    assert (change.phase, change.problem) == ("backfilling", "schema_fill_failed")
    with pytest.raises(Refused, match="zdt_backfill retry"):
        changes.require_switch(connection, KEY)


# ---- when it expires ----


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_comparison_that_did_not_end_proves_nothing(table, state):
    change = expand()
    work(change.backfill)
    following.follow(change.pk)
    work(newest(change).backfill, state)

    change = settle(change)

    assert (
        change.problem
        == {"failed": "schema_compare_failed", "cancelled": "schema_compare_cancelled"}[state]
    )
    assert newest(change).state == "failed"
    assert verify(change).phase == "verified"


def test_it_does_not_hold_while_the_trigger_is_disabled(verified):
    run(f"ALTER TABLE {TABLE} DISABLE TRIGGER {pair().trigger}")

    assert certificates.valid(verified) is None
    with pytest.raises(Refused, match="is disabled"):
        steering.verify(verified, actor=ADA)


def test_a_trigger_that_is_touched_during_the_comparison_spoils_it(table):
    change = expand()
    work(change.backfill)
    following.follow(change.pk)
    Certificate.objects.update(trigger="another")
    work(newest(change).backfill)

    following.follow(change.pk)

    assert fresh(change).problem == "schema_trigger_changed"
    assert newest(change).state == "failed"


def test_a_failed_comparison_takes_the_older_proof_along(verified):
    bypass(f"UPDATE {TABLE} SET new = 'x' WHERE id = 1")
    Certificate.objects.update(trigger=triggers.fingerprint(connection, pair()))

    change = verify(verified)

    assert (change.phase, change.problem) == ("backfilling", "schema_rows_differ")
    assert set(change.certificates.values_list("state", flat=True)) == {"failed", "expired"}
    assert "schema.doubted" in told()


def test_what_a_comparison_saw_before_it_expired_counts_for_no_other(table):
    """Rows it has seen may have been written past the trigger since."""
    change = expand()
    work(change.backfill)
    following.follow(change.pk)
    first = newest(change)
    certificates.expire(fresh(change), code="schema_trigger_disabled", actor=ADA)

    second = steering.verify(fresh(change), actor=ADA)

    first.backfill.refresh_from_db()
    assert (first.backfill.state, second.backfill.state) == ("cancelled", "planning")
    assert second.backfill != first.backfill
    assert second.backfill.spec["certificate"] == second.pk


def test_a_run_of_the_same_name_that_compares_for_another_is_ended(verified):
    first = steering.verify(verified, actor=ADA)
    Certificate.objects.filter(pk=first.pk).update(state="expired")

    second = steering.verify(fresh(verified), actor=ADA)

    assert second.backfill.spec["certificate"] == second.pk


def test_rows_that_the_engine_found_wrong_and_nobody_counted_are_no_proof(table):
    change = expand()
    work(change.backfill)
    following.follow(change.pk)
    work(newest(change).backfill)
    Backfill.objects.filter(kind="compare").update(rows_changed=1)

    assert settle(change).problem == "schema_rows_differ"


def test_after_the_switch_old_values_may_be_such_as_would_not_convert_back(verified):
    changes.switched(connection, KEY)
    steering.verify(fresh(verified), actor=ADA)
    certificate = newest(verified)
    work(certificate.backfill)
    Certificate.objects.filter(pk=certificate.pk).update(lossy=2)
    Backfill.objects.filter(kind="compare").update(rows_changed=2)

    assert settle(verified).problem == ""


# ---- again, and repaired ----


def test_comparing_again_leaves_one_proof(verified):
    change = verify(verified)

    assert list(change.certificates.values_list("state", flat=True)) == ["valid", "expired"]
    assert change.phase == "verified"


def test_the_older_proof_holds_while_the_next_one_is_made(verified):
    steering.verify(verified, actor=ADA)

    changes.require_switch(connection, KEY)


def test_one_comparison_runs_at_a_time(verified):
    first = steering.verify(verified, actor=ADA)

    assert steering.verify(fresh(verified), actor=ADA) == first


def test_rows_that_are_still_being_filled_are_not_compared(table):
    change = expand()

    with pytest.raises(Refused) as refusal:
        steering.verify(change, actor=ADA)

    assert refusal.value.code == "schema_still_fills"
    assert not change.certificates.exists()


def test_a_comparison_under_another_mark_is_given_up(verified):
    first = steering.verify(verified, actor=ADA)
    Certificate.objects.filter(pk=first.pk).update(trigger="another")

    second = steering.verify(fresh(verified), actor=ADA)

    assert second != first
    first.refresh_from_db()
    first.backfill.refresh_from_db()
    assert (first.state, first.backfill.state) == ("expired", "cancelled")


def test_before_the_switch_the_old_columns_are_the_truth(verified):
    bypass(f"UPDATE {TABLE} SET new = 'x' WHERE id = 1")

    change = settle(steering.repair(verified, actor=ADA, reason="drifted"))

    assert (change.phase, change.problem) == ("verified", "")
    assert run(f"SELECT old, new FROM {TABLE} WHERE id = 1") == [("a", "a")]
    assert "schema.repairing" in told()


def test_a_repair_spares_what_only_the_new_side_can_say():
    """A canary wrote it, and the switch was taken back: `up` would not bring it back."""
    trial.make_table("AB")
    found = pair(up="lower({old})", down="upper({new})")
    change = settle(expand(found))
    bypass(f"UPDATE {TABLE} SET new = 'Ab' WHERE old = 'AB'")

    change = settle(steering.repair(change, actor=ADA))

    assert (change.phase, change.problem) == ("verified", "")
    assert run(f"SELECT old, new FROM {TABLE}") == [("AB", "Ab")]


@pytest.fixture
def apart(verified):
    """After the switch, while nothing kept the columns equal: each release wrote a row."""
    changes.switched(connection, KEY)
    bypass(f"UPDATE {TABLE} SET new = 'by new' WHERE id = 1")
    bypass(f"INSERT INTO {TABLE} (old, new) VALUES ('by old', 'before')")
    return fresh(verified)


def rows():
    return sorted(run(f"SELECT old, new FROM {TABLE} WHERE old <> new"))


def test_after_the_switch_nobody_knows_which_side_is_right(apart):
    change = settle(steering.repair(apart, actor=ADA))

    assert (change.phase, change.problem) == ("switched", "schema_sides_differ")
    assert rows() == [("a", "by new"), ("by old", "before")]
    assert certificates.valid(change) is None


@pytest.mark.parametrize(
    ("truth", "kept"),
    [("new", [("before",), ("by new",)]), ("old", [("a",), ("by old",)])],
)
def test_after_the_switch_a_person_says_which_side_is_right(apart, truth, kept):
    change = settle(steering.repair(apart, actor=ADA, truth=truth, reason="the log says so"))

    assert (change.phase, change.problem, rows()) == ("switched", "", [])
    assert certificates.valid(change) is not None
    assert set(kept) <= set(run(f"SELECT new FROM {TABLE}"))


@pytest.mark.parametrize(
    ("phase", "said", "code"),
    [
        ("switched", {"truth": "new"}, "schema_side_reason_missing"),
        ("switched", {"truth": "both", "reason": "!"}, "schema_side_unknown"),
        ("verified", {"truth": "old", "reason": "!"}, "schema_side_given"),
    ],
)
def test_a_side_is_named_on_purpose(verified, phase, said, code):
    if phase == "switched":
        changes.switched(connection, KEY)

    with pytest.raises(Refused) as refusal:
        steering.repair(fresh(verified), actor=ADA, **said)

    assert refusal.value.code == code


def test_a_repair_puts_the_trigger_back(verified, monkeypatch):
    monkeypatch.setattr(triggers, "install", lambda editor, found: trial.install(found))
    run(f"DROP TRIGGER {pair().trigger} ON {TABLE}")
    run(f"INSERT INTO {TABLE} (old) VALUES ('late')")

    settle(steering.repair(verified, actor=ADA))

    assert run(f"SELECT new FROM {TABLE} WHERE old = 'late'") == [("late",)]
    assert certificates.valid(fresh(verified)) is not None


def test_what_is_contracted_is_neither_compared_nor_repaired(verified):
    type(verified).objects.filter(pk=verified.pk).update(phase="contracted")

    for steer in (steering.verify, steering.repair):
        with pytest.raises(Refused, match="its old shape is gone"):
            steer(fresh(verified), actor=ADA)
