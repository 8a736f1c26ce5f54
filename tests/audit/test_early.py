"""Events that are told in a `migrate` before it has come to make the trail."""

from types import SimpleNamespace

import pytest

from zdt_audit import early
from zdt_audit.models import Entry
from zdt_core import database, events
from zdt_core.events import Actor

pytestmark = pytest.mark.django_db
MAKES_IT = (SimpleNamespace(app_label="zdt_audit", name="0001_initial"), False)
OTHER = (SimpleNamespace(app_label="shop", name="0001_initial"), False)


@pytest.fixture
def trail(monkeypatch):
    """Whether the trail's table is there, for a `migrate` that begins without it."""
    there = SimpleNamespace(yes=False)
    monkeypatch.setattr(early, "_told", None)
    monkeypatch.setattr(early, "_is_there", lambda: there.yes)
    return there


def tell(kind="schema.expanded"):
    with database.atomic():
        return events.record(kind, subject=("schema", "a"), actor=Actor("shell", "ann"))


def test_they_are_entered_at_its_end_with_their_own_time(trail):
    early.begin("default", [OTHER, MAKES_IT])
    event = tell()
    assert not Entry.objects.exists()

    early.end("default")

    entry = Entry.objects.get()
    assert (entry.event_id, entry.at) == (event.pk, event.at)
    early.end("default")
    assert Entry.objects.count() == 1


def test_as_soon_as_the_trail_is_there_each_is_entered_at_once(trail):
    early.begin("default", [MAKES_IT])
    tell()
    trail.yes = True

    later = tell("schema.switched")

    assert Entry.objects.get().event_id == later.pk


def test_a_second_try_of_the_same_migrate_forgets_none(trail):
    early.begin("default", [MAKES_IT])
    tell()
    early.begin("default", [MAKES_IT])

    early.end("default")

    assert Entry.objects.count() == 1


def test_what_was_rolled_back_is_not_entered(trail):
    early.begin("default", [MAKES_IT])
    tell().delete()

    early.end("default")

    assert not Entry.objects.exists()


@pytest.mark.parametrize("step", [OTHER, (MAKES_IT[0], True)])
def test_other_migrations_wait_for_nothing(trail, step):
    early.begin("default", [step])

    assert "zdt_audit_entry" in events.tables()
    tell()
    assert Entry.objects.count() == 1


def test_while_it_waits_an_event_needs_no_trail(trail):
    early.begin("default", [MAKES_IT])

    assert events.tables() == ["zdt_core_event"]
