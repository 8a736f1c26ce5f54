"""The console of the flags: who may do what, stale forms, and what is told about it."""

import re

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from tests.flags.factories import FlagFactory, TargetFactory
from tests.people import UserFactory
from zdt_core.events import Event
from zdt_flags import changes
from zdt_flags.facts import facts_of
from zdt_flags.models import Flag

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.flags.urls")]
LIST = "/admin/zdt_flags/flag/"
EVERYTHING = ("add_flag", "change_flag", "delete_flag", "view_flag", "set_percentage")


def signed_in(*permissions, **traits):
    client = Client()
    client.force_login(UserFactory(staff=True, can=permissions, **traits))
    return client


@pytest.fixture
def operator():
    return signed_in(*EVERYTHING, username="ann")


@pytest.fixture
def flag():
    return FlagFactory(checkout=True)


def page(flag):
    return f"{LIST}{flag.pk}/change/"


def shown(client, address):
    """The form on a page as a browser would send it back."""
    text = client.get(address).content.decode()
    return {
        **{
            match["name"]: match["value"]
            for match in re.finditer(
                r'<input type="(?:hidden|text|number)" name="(?P<name>[\w-]+)"'
                r'(?: value="(?P<value>[^"]*)")?',
                text,
            )
            if match["value"] is not None
        },
        **{
            match[1]: "on"
            for match in re.finditer(r'type="checkbox" name="([\w-]+)"[^>]*checked', text)
        },
        **{
            match[1]: match[2].strip()
            for match in re.finditer(r'<textarea name="(\w+)"[^>]*>([^<]*)</textarea>', text)
        },
    }


def send(client, address, form, **fields):
    form = {**form, **fields}
    return client.post(address, {name: value for name, value in form.items() if value is not None})


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


class TestList:
    def test_percentage_and_switch_are_changed_in_the_list(self, operator, flag):
        form = shown(operator, LIST)

        send(operator, LIST, form, **{"form-0-percentage": "1", "_save": "1", "reason": "too slow"})

        event = Event.objects.get()
        assert Flag.objects.get().percentage == 1
        assert (event.kind, event.actor_name, event.reason) == (
            "flag.percentage_set", "ann", "too slow",
        )  # fmt: skip

    def test_a_row_that_was_not_touched_is_no_change(self, operator, flag):
        FlagFactory(name="another", percentage=5)
        form = shown(operator, LIST)

        send(operator, LIST, form, **{"form-1-enabled": None, "_save": "1"})

        assert [event.kind for event in Event.objects.all()] == ["flag.disabled"]
        assert Flag.objects.get(name="another").revision == 1

    def test_a_stale_list_is_refused_and_changes_nothing(self, operator, flag):
        form = shown(operator, LIST)
        changes.change(flag.name, actor=event_actor(), percentage=50)

        answer = send(operator, LIST, form, **{"form-0-percentage": "1", "_save": "1"})

        assert answer.status_code == 302
        assert "Look at it again" in told(answer)[0]
        assert Flag.objects.get().percentage == 50
        assert Event.objects.latest("id").code == "flag_stale"

    def test_one_stale_row_keeps_the_others_from_being_half_saved(self, operator, flag):
        FlagFactory(name="another", percentage=5)
        form = shown(operator, LIST)
        changes.change(flag.name, actor=event_actor(), percentage=50)

        send(
            operator, LIST, form,
            **{"form-0-percentage": "6", "form-1-percentage": "1", "_save": "1"},
        )  # fmt: skip

        assert Flag.objects.get(name="another").percentage == 5

    def test_somebody_elses_change_of_a_row_i_left_alone_is_not_undone(self, operator, flag):
        form = shown(operator, LIST)
        changes.change(flag.name, actor=event_actor(), description="new words")

        answer = send(operator, LIST, form, _save="1")

        assert Flag.objects.get().description == "new words"
        assert "Look" not in "".join(told(answer))

    def test_150_percent_is_a_form_error(self, operator, flag):
        answer = send(
            operator, LIST, shown(operator, LIST), **{"form-0-percentage": "150", "_save": "1"}
        )

        assert answer.status_code == 200
        assert Flag.objects.get().percentage == 25

    def test_a_form_without_its_revision_is_refused(self, operator, flag):
        form = shown(operator, LIST)
        assert form["form-0-revision"] == "1"

        send(
            operator,
            LIST,
            form,
            **{"form-0-revision": None, "form-0-percentage": "1", "_save": "1"},
        )

        assert Flag.objects.get().percentage == 25

    def test_the_list_costs_the_same_number_of_queries_however_long_it_is(
        self, operator, flag, django_assert_max_num_queries
    ):
        for _ in range(20):
            TargetFactory()

        with django_assert_max_num_queries(8):
            operator.get(LIST)


class TestPage:
    def test_everything_is_changed_on_the_page_with_a_reason(self, operator, flag):
        form = shown(operator, page(flag))

        send(
            operator, page(flag), form, enabled=None, percentage="50", allow="1\n2\n", deny="3",
            description="The new checkout", owner="checkout team", reason="Tuesday's plan",
        )  # fmt: skip

        facts = facts_of(Flag.objects.get())
        assert facts == {
            "enabled": False, "percentage": "50", "allow": ["1", "2"], "deny": ["3"], "salt": "",
            "description": "The new checkout", "owner": "checkout team",
        }  # fmt: skip
        assert {event.reason for event in Event.objects.all()} == {"Tuesday's plan"}
        assert Flag.objects.get().revision == 2

    def test_saving_without_a_change_is_no_event(self, operator, flag):
        TargetFactory(flag=flag)

        send(operator, page(flag), shown(operator, page(flag)))

        assert Event.objects.count() == 0

    def test_a_stale_page_is_refused_and_says_so(self, operator, flag):
        form = shown(operator, page(flag))
        changes.change(flag.name, actor=event_actor(), percentage=50)

        answer = send(operator, page(flag), form, percentage="1")

        assert answer.url == page(flag)
        assert "Somebody changed the flag" in told(answer)[0]
        assert Flag.objects.get().percentage == 50
        assert Event.objects.latest("id").refused

    def test_a_user_on_both_lists_is_refused_with_a_message(self, operator, flag):
        answer = send(operator, page(flag), shown(operator, page(flag)), allow="1", deny="1")

        assert "both allowed and denied" in told(answer)[0]
        assert facts_of(flag)["allow"] == []

    def test_a_flag_is_made(self, operator):
        send(
            operator, LIST + "add/", {}, name="ai_recommendations", enabled="on", percentage="5",
            allow="1", reason="beta",
        )  # fmt: skip

        event = Event.objects.get()
        assert (event.kind, event.reason) == ("flag.created", "beta")
        assert facts_of(Flag.objects.get())["percentage"] == "5"

    def test_the_name_does_not_change_afterwards(self, operator, flag):
        send(operator, page(flag), shown(operator, page(flag)), name="renamed")

        assert Flag.objects.get().name == "new_checkout_flow"

    def test_a_flag_is_removed_with_an_event(self, operator, flag):
        operator.post(f"{LIST}{flag.pk}/delete/", {"post": "yes"})

        assert Flag.objects.count() == 0
        assert Event.objects.get().kind == "flag.deleted"

    def test_the_action_removes_with_an_event_each(self, operator, flag):
        FlagFactory()
        chosen = [each.pk for each in Flag.objects.all()]
        form = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}

        operator.post(LIST, form)

        assert Flag.objects.count() == 0
        assert [event.kind for event in Event.objects.all()] == ["flag.deleted"] * 2


class TestPermissions:
    def test_who_may_set_percentages_cannot_touch_the_rest(self, flag):
        client = signed_in("set_percentage")

        send(client, page(flag), shown(client, page(flag)), percentage="1", enabled=None, allow="x")

        facts = facts_of(Flag.objects.get())
        assert (facts["percentage"], facts["enabled"], facts["allow"]) == ("1", True, [])

    def test_who_may_change_flags_cannot_set_percentages(self, flag):
        client = signed_in("change_flag")

        send(client, page(flag), shown(client, page(flag)), percentage="1", enabled=None)

        facts = facts_of(Flag.objects.get())
        assert (facts["percentage"], facts["enabled"]) == ("25", False)

    def test_who_may_add_flags_cannot_give_them_a_percentage(self):
        client = signed_in("add_flag", "change_flag")

        send(client, LIST + "add/", {}, name="a", enabled="on", percentage="5")

        assert Flag.objects.get().percentage is None

    @pytest.mark.parametrize(
        ("permission", "changed"), [("set_percentage", "percentage"), ("change_flag", "enabled")]
    )
    def test_the_list_holds_back_the_same(self, flag, permission, changed):
        client = signed_in(permission)
        fields = {"form-0-percentage": "1", "form-0-enabled": None, "_save": "1"}

        send(client, LIST, shown(client, LIST), **fields)

        after = Flag.objects.get()
        assert {"percentage": after.percentage == 1, "enabled": not after.enabled} == {
            "percentage": changed == "percentage", "enabled": changed == "enabled",
        }  # fmt: skip

    def test_a_viewer_sees_the_lists_and_changes_nothing(self, operator, flag):
        TargetFactory(flag=flag, value="internal-1")
        client = signed_in("view_flag")

        assert "internal-1" in client.get(page(flag)).content.decode()
        answers = [
            send(client, page(flag), shown(operator, page(flag)), percentage="1"),
            send(client, LIST, shown(operator, LIST), **{"form-0-percentage": "1", "_save": "1"}),
            client.post(f"{LIST}{flag.pk}/delete/", {"post": "yes"}),
            client.post(LIST + "add/", {"name": "a"}),
        ]

        assert [answer.status_code for answer in answers] == [403] * 4
        assert Flag.objects.get().percentage == 25
        assert Event.objects.filter(refused=True, code="flag_permission").count() == 4

    def test_staff_without_any_permission_sees_nothing(self, flag):
        client = signed_in()

        assert [client.get(address).status_code for address in (LIST, page(flag))] == [403, 403]

    def test_get_changes_nothing(self, operator, flag):
        for address in (LIST, page(flag), f"{LIST}{flag.pk}/delete/"):
            operator.get(address, {"percentage": "1", "post": "yes", "_save": "1"})

        assert Flag.objects.get().percentage == 25
        assert Event.objects.count() == 0


def event_actor():
    from zdt_core.events import Actor

    return Actor("user", "somebody else")
