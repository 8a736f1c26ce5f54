"""Any sequence of events against the machine itself, on the database, beside a model of it."""

import itertools

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as trying
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from tests.core.factories import ProcessFactory
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused
from zdt_deploy import deployments
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import ACTIVE, FINAL, PAST, TABLE, By, State, allowed
from zdt_deploy.deployments.states import Event as Move

services = map("shop-{}".format, itertools.count())
PERSON, SYSTEM = Actor("user", "ada"), Actor.system("monitor")
OPERATIONS = {
    Move(name): getattr(machine, name)
    for name in machine.__all__
    if name not in ("start", "begin", "take_back")
}  # fmt: skip


class Deploying(RuleBasedStateMachine):
    """Several deployments of one service, pushed by persons and by zdt in any order."""

    @initialize()
    def open_shop(self):
        self.service, self.rows, self.versions = next(services), [], itertools.count(2)
        self.went_back, self.ended = set(), {}
        ProcessFactory(release="1.0", service=self.service)

    @rule(close=st.booleans(), hold=st.booleans())
    def start(self, close, hold):
        version = f"{next(self.versions)}.0"
        ProcessFactory(release=version, service=self.service)
        states = {row.state for row in self.all()}
        try:
            row = machine.start(
                version=version, environment="test", service=self.service, actor=PERSON,
                previous_version=None if states & {"baking", "completed"} else "1.0", hold=hold,
                close_window=close,
            )  # fmt: skip
        except Refused as refusal:
            in_the_way = "duplicate_deployment" if states & ACTIVE else "window_open"
            assert (refusal.code, hold) == (in_the_way, False)  # noqa: PT017
            assert states & ACTIVE or ("baking" in states and not close)
        else:
            assert hold or not states & ACTIVE
            self.rows.append(row.pk)

    @rule(
        event=st.sampled_from(list(OPERATIONS)) | st.integers(0, 5), number=st.integers(0, 9),
        person=st.booleans(), stale=st.integers(0, 5), reason=st.sampled_from(["", "because"]),
    )  # fmt: skip
    def move(self, event, number, person, stale, reason):
        """Any event, or a number: one of those that the table allows."""
        if not self.rows:
            return
        pk = self.rows[number % len(self.rows)]
        before = Deployment.objects.get(pk=pk)
        if isinstance(event, int):
            lawful = [found for found in allowed(State(before.state)) if found in OPERATIONS]
            if not lawful:
                return
            event = lawful[event % len(lawful)]
        try:
            OPERATIONS[event](
                pk, actor=PERSON if person else SYSTEM, reason=reason,
                expected_revision=before.revision - (stale == 5),
            )  # fmt: skip
        except Refused:
            assert Deployment.objects.get(pk=pk).revision == before.revision
            return
        assert stale < 5
        self.check(before, Deployment.objects.get(pk=pk), event, person)

    def check(self, before, after, event, person):
        if event is Move.ADVANCE and after.state == "baking":
            event = Move.PROMOTE
        found = TABLE[State(before.state), event]
        assert (after.state, after.revision) == (found.target, before.revision + 1)
        assert not person or found.by & By.PERSON
        newest = Event.objects.filter(subject_id=after.pk, refused=False).latest("id")
        assert newest.kind == f"deployment.{PAST[event]}"
        if event is Move.ROLL_BACK:
            self.went_back.add(after.pk)

    @invariant()
    def the_rules_hold(self):
        rows = self.all() if hasattr(self, "service") else []
        assert sum(row.state in ACTIVE for row in rows) <= 1
        for row in rows:
            assert (row.finished_at is not None) == (row.state in FINAL)
            if row.state in FINAL:
                assert self.ended.setdefault(row.pk, row.state) == row.state
            if row.pk in self.went_back:
                assert row.state in ("rolling_back", "stuck", "rolled_back")
                assert deployments.share_of(row) == 0

    def all(self):
        return list(Deployment.objects.filter(service=self.service))


@pytest.mark.django_db
@pytest.mark.parametrize("examples", [5, pytest.param(60, marks=pytest.mark.long)])
def test_no_sequence_of_events_breaks_the_rules(examples, settings):
    settings.ZDT_FLEET_SILENT_AFTER = 3600.0  # the rows have no process that would beat
    run(
        Deploying,
        settings=trying(
            max_examples=examples, stateful_step_count=25, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
