"""Changes of flags: what they check, what they tell, and who hears of it."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from tests.flags.factories import FlagFactory, TargetFactory
from zdt_core import database
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused, Stale
from zdt_flags import changes, is_enabled, published
from zdt_flags.facts import facts_of
from zdt_flags.models import Flag, Target

ANN = Actor("user", "ann")
EVERYTHING = {"salt": "s", "description": "d", "owner": "o"}


def kinds():
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


@pytest.mark.django_db
class TestChange:
    def test_a_percentage_is_set_with_its_reason_before_and_after(self):
        FlagFactory(checkout=True)

        flag = changes.set_percentage("new_checkout_flow", 1, actor=ANN, reason="errors doubled")

        event = Event.objects.get()
        assert flag.percentage == 1
        assert (event.kind, event.subject_id) == ("flag.percentage_set", "new_checkout_flow")
        assert (event.before, event.after) == ({"percentage": "25"}, {"percentage": "1"})
        assert (event.actor_name, event.reason) == ("ann", "errors doubled")

    def test_each_change_is_a_revision_and_moves_the_time(self):
        before = FlagFactory(name="a")
        before.refresh_from_db()

        after = changes.disable("a", actor=ANN)

        assert after.revision == before.revision + 1
        assert after.updated_at > before.updated_at

    def test_what_is_already_so_is_no_change(self):
        FlagFactory(name="a", percentage=25)

        flag = changes.change("a", actor=ANN, percentage="25.000", enabled=True)

        assert flag.revision == 1
        assert kinds() == []

    def test_one_change_of_many_facts_is_one_revision_and_an_event_for_each_part(self):
        FlagFactory(name="a")

        flag = changes.change(
            "a", actor=ANN, enabled=False, percentage=5, allow=["1"], deny=["2"], **EVERYTHING
        )

        assert flag.revision == 2
        assert kinds() == [
            "flag.disabled", "flag.percentage_set", "flag.targets_set", "flag.edited",
        ]  # fmt: skip

    def test_the_lists_are_replaced(self):
        flag = FlagFactory(name="a")
        TargetFactory(flag=flag, value="old")

        changes.change("a", actor=ANN, allow=["new"], deny=["old"])

        assert (facts_of(flag)["allow"], facts_of(flag)["deny"]) == (["new"], ["old"])

    def test_a_list_that_is_not_given_stays(self):
        flag = FlagFactory(name="a")
        TargetFactory(flag=flag, value="bob", verdict=Target.Verdict.DENY)

        changes.change("a", actor=ANN, allow=["ann"])

        assert facts_of(flag)["deny"] == ["bob"]

    def test_none_gives_the_flag_to_everyone(self):
        FlagFactory(name="a", percentage=5)

        assert changes.set_percentage("a", None, actor=ANN).percentage is None

    def test_a_thousandth_of_a_percent_can_be_set(self):
        FlagFactory(name="a")

        assert changes.set_percentage("a", 0.001, actor=ANN).percentage == Decimal("0.001")

    def test_a_fact_that_flags_do_not_have_is_a_bug(self):
        FlagFactory(name="a")

        with pytest.raises(TypeError, match="colour"):
            changes.change("a", actor=ANN, colour="red")


@pytest.mark.django_db
class TestRefusals:
    @pytest.mark.parametrize(
        "percentage",
        [150, -1, "100.001", "0.0001", "many", "", float("nan"), float("inf"), True, "1e999", []],
    )
    def test_what_is_no_percentage_is_refused(self, percentage):
        FlagFactory(name="a", percentage=5)

        with pytest.raises(Refused, match="from 0 to 100"):
            changes.set_percentage("a", percentage, actor=ANN)

        assert Flag.objects.get().percentage == 5
        assert kinds() == []

    def test_the_database_refuses_it_too(self):
        FlagFactory(name="a")

        with pytest.raises(IntegrityError), database.atomic():
            Flag.objects.update(percentage=150)

    def test_an_unknown_flag_is_refused(self):
        with pytest.raises(Refused, match="no flag “a”"):
            changes.enable("a", actor=ANN)

    def test_a_stale_revision_is_refused_and_says_what_to_do(self):
        FlagFactory(name="a", percentage=5)
        changes.set_percentage("a", 10, actor=ANN)

        with pytest.raises(Stale, match="Look at it again"):
            changes.set_percentage("a", 20, actor=ANN, expected_revision=1)

        assert Flag.objects.get().percentage == 10

    @pytest.mark.parametrize("user", ["", " ann", "a" * 201, "a\nb", "a\x00b"])
    def test_what_is_no_id_is_refused(self, user):
        FlagFactory(name="a")

        with pytest.raises(Refused, match="no id of a user"):
            changes.change("a", actor=ANN, allow=[user])

    def test_nobody_is_both_allowed_and_denied(self):
        FlagFactory(name="a")

        with pytest.raises(Refused, match="both allowed and denied"):
            changes.change("a", actor=ANN, allow=["ann"], deny=["ann"])

        assert Target.objects.count() == 0

    @pytest.mark.parametrize("name", ["", "a b", "a/b", "-a", "a" * 101, "ä", "a\n"])
    def test_a_name_that_is_none_is_refused(self, name):
        with pytest.raises(Refused, match="is no name for a flag"):
            changes.create(name, actor=ANN)

    def test_a_flag_is_made_once(self):
        FlagFactory(name="a")

        with pytest.raises(Refused, match="exists"):
            changes.create("a", actor=ANN)

    def test_a_refused_attempt_is_noted_after_its_transaction(self):
        with pytest.raises(Refused), changes.refusals_noted("flag.enabled", "a", ANN, "I want it"):
            changes.enable("a", actor=ANN)

        event = Event.objects.get()
        assert event.refused
        assert (event.kind, event.code, event.reason) == (
            "flag.enabled",
            "flag_unknown",
            "I want it",
        )


@pytest.mark.django_db
class TestMakingAndRemoving:
    def test_a_new_flag_is_off(self):
        flag = changes.create("a", actor=ANN)

        assert flag.enabled is False
        assert Event.objects.get().after["enabled"] is False

    def test_a_new_flag_can_have_everything(self):
        changes.create("a", actor=ANN, enabled=True, percentage=5, allow=["1"], **EVERYTHING)

        assert kinds() == ["flag.created"]
        assert Event.objects.get().after == {
            "enabled": True, "percentage": "5", "allow": ["1"], "deny": [], **EVERYTHING,
        }  # fmt: skip

    def test_a_new_flag_that_is_wrong_leaves_nothing(self):
        with pytest.raises(Refused):
            changes.create("a", actor=ANN, percentage=101)

        assert Flag.objects.count() == 0

    def test_a_removed_flag_is_kept_in_its_event(self):
        TargetFactory(flag=FlagFactory(name="a", percentage=5), value="ann")

        changes.delete("a", actor=ANN, reason="two weeks at 100 %")

        assert Flag.objects.count() == 0
        event = Event.objects.get()
        assert (event.kind, event.before["allow"], event.after) == ("flag.deleted", ["ann"], None)


def test_a_committed_change_is_answered_here_and_published_for_the_others(flags):
    changes.create("a", actor=ANN, enabled=True)

    assert is_enabled("a") is True
    assert published.fetch().rules == {"a": True}


def test_a_change_that_is_rolled_back_is_told_to_nobody(flags):
    changes.create("a", actor=ANN)
    with database.atomic():
        changes.enable("a", actor=ANN)
        transaction.set_rollback(True)

    assert is_enabled("a") is False
    assert published.fetch().rules == {"a": False}
    assert kinds() == ["flag.created"]


def test_a_change_succeeds_while_redis_is_away(flags, settings):
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"

    changes.create("a", actor=ANN, enabled=True)

    assert is_enabled("a") is True
