"""What code gets when it asks a flag."""

import threading
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

import pytest
from asgiref.sync import iscoroutinefunction
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpResponse
from django.test import AsyncRequestFactory, RequestFactory
from django.utils.functional import SimpleLazyObject

import zdt_flags
from tests.flags.factories import FlagFactory, TargetFactory
from zdt_flags import answers, explain, is_enabled
from zdt_flags.evaluate import Definition, Reason, compile_rule
from zdt_flags.keeper import keeper
from zdt_flags.snapshot import Snapshot, Version
from zdt_flags.testing import override_flags


@pytest.fixture
def hold():
    """Put definitions into this process's hands, without any store."""

    def put(*flags):
        definitions = {flag.name: flag for flag in flags}
        rules = {flag.name: compile_rule(flag) for flag in flags}
        keeper.held = Snapshot(Version(1, "test"), "test", definitions, rules)
        keeper.due = float("inf")

    put()
    yield put
    keeper.forget()


def unloadable():
    return SimpleLazyObject(lambda: pytest.fail("The user was loaded."))


QUARTER = Definition("new_checkout_flow", True, Decimal(25), allow=frozenset({"7", "ann"}))


def test_the_package_offers_the_api_without_importing_models_early():
    assert zdt_flags.is_enabled is answers.is_enabled
    assert zdt_flags.FlagsMiddleware.async_capable
    with pytest.raises(AttributeError, match="has no attribute"):
        zdt_flags.is_enabeld  # noqa: B018


def test_an_unknown_flag_is_off_or_answers_the_default_that_the_code_gives(hold):
    assert is_enabled("unknown") is False
    assert is_enabled("unknown", default=True) is True
    assert explain("unknown", default=True).on is True
    assert explain("unknown").reason is Reason.UNKNOWN


def test_a_name_that_nobody_made_is_logged_once(hold, caplog, monkeypatch):
    monkeypatch.setattr(answers, "_reported", set())

    for _ in range(3):
        is_enabled("new_chekout_flow")

    assert caplog.messages == ["There is no flag “new_chekout_flow”; it answers False."]


def test_a_boolean_flag_never_loads_the_user(hold):
    hold(Definition("on", True), Definition("off", False, Decimal(50)))

    assert is_enabled("on", unloadable()) is True
    assert is_enabled("off", unloadable()) is False
    assert explain("off", unloadable()).reason is Reason.DISABLED


@pytest.mark.parametrize(
    "user",
    ["ann", 7, SimpleNamespace(pk=7), SimpleLazyObject(lambda: SimpleNamespace(pk="ann"))],
    ids=["text", "number", "user", "lazy user"],
)
def test_a_user_is_known_by_id_or_by_primary_key(hold, user):
    hold(QUARTER)

    assert is_enabled("new_checkout_flow", user) is True
    assert explain("new_checkout_flow", user).reason is Reason.ALLOWED


def test_ids_of_other_types_count_by_their_text(hold):
    user = UUID("0b6f2e8c-4a1d-4f6e-9a6e-3f1c1f0a9d11")
    hold(Definition("f", True, Decimal(0), allow=frozenset({str(user)})))

    assert is_enabled("f", user) is True


def test_nobody_has_no_part_in_a_percentage(hold):
    hold(QUARTER)

    assert is_enabled("new_checkout_flow") is False
    assert is_enabled("new_checkout_flow", AnonymousUser()) is False
    assert is_enabled("new_checkout_flow", "") is False


def test_the_explanation_of_an_allowed_user_holds_at_a_hundred_percent(hold):
    hold(Definition("f", True, Decimal(100), allow=frozenset({"ann"})))

    assert explain("f", "ann").reason is Reason.ALLOWED


def test_a_user_who_cannot_be_loaded_here_counts_as_nobody_and_is_logged(hold, caplog):
    """An operator who sets a percentage must not break a view that never needed the user."""
    hold(QUARTER)

    def load():
        raise SynchronousOnlyOperation

    assert is_enabled("new_checkout_flow", SimpleLazyObject(load)) is False
    assert "await request.auser()" in caplog.text


# One answer per flag and request


def through_middleware(view, request=None):
    if iscoroutinefunction(view):
        raise TypeError
    return zdt_flags.FlagsMiddleware(view)(request or RequestFactory().get("/"))


def test_a_request_keeps_its_answers_while_the_flags_change(hold):
    hold(Definition("a", True), Definition("b", True))
    seen = []

    def view(request):
        seen.append(is_enabled("a"))
        hold(Definition("a", False), Definition("b", False))
        seen.extend([is_enabled("a"), is_enabled("b")])
        return HttpResponse()

    through_middleware(view)

    assert seen == [True, True, True]
    assert is_enabled("a") is False


def test_a_request_that_asks_nothing_looks_nowhere(hold, monkeypatch):
    keeper.due = float("-inf")
    monkeypatch.setattr(keeper, "current", lambda: pytest.fail("The stores were asked."))

    through_middleware(lambda request: HttpResponse())


def test_the_visitor_id_of_the_canary_stands_in_for_somebody_not_signed_in(hold):
    hold(Definition("f", True, Decimal(0), allow=frozenset({"ann"})))
    request = RequestFactory().get("/")
    request.zdt = SimpleNamespace(key="ann")
    seen = []

    def view(request):
        seen.extend(is_enabled("f", who) for who in (None, AnonymousUser(), "bob"))
        return HttpResponse()

    through_middleware(view, request)

    assert seen == [True, True, False]


def test_two_users_in_one_request_get_an_answer_each(hold):
    hold(Definition("f", True, Decimal(0), allow=frozenset({"ann"})))
    seen = []

    def view(request):
        seen.extend(is_enabled("f", who) for who in ("ann", "bob", "ann", "bob"))
        return HttpResponse()

    through_middleware(view)

    assert seen == [True, False, True, False]


def test_threads_started_elsewhere_are_not_pinned(hold):
    hold(Definition("a", True))
    seen = []

    def view(request):
        is_enabled("a")
        hold(Definition("a", False))
        thread = threading.Thread(target=lambda: seen.append(is_enabled("a")))
        thread.start()
        thread.join()
        return HttpResponse()

    through_middleware(view)

    assert seen == [False]


async def ask_async(hold):
    seen = []

    async def view(request):
        seen.append(is_enabled("a"))
        hold(Definition("a", False))
        seen.append(is_enabled("a"))
        return HttpResponse()

    middleware = zdt_flags.FlagsMiddleware(view)
    assert iscoroutinefunction(middleware)
    await middleware(AsyncRequestFactory().get("/"))
    seen.append(is_enabled("a"))
    return seen


def test_an_async_request_is_pinned_too(hold):
    from asgiref.sync import async_to_sync

    hold(Definition("a", True))

    assert async_to_sync(ask_async)(hold) == [True, True, False]


def test_the_pin_goes_even_when_the_view_fails(hold):
    hold(Definition("a", True))

    def view(request):
        is_enabled("a")
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        through_middleware(view)
    hold(Definition("a", False))

    assert is_enabled("a") is False


def test_overrides_reach_the_requests_of_the_test_client(hold):
    hold(Definition("a", True), Definition("b", True))
    seen = []

    def view(request):
        seen.append((is_enabled("a"), is_enabled("b"), explain("a").reason))
        return HttpResponse()

    with override_flags(a=False):
        through_middleware(view)

    assert seen == [(False, True, Reason.OVERRIDDEN)]


# With the real stores


def test_the_reference_flags_answer_as_the_requirement_says(flags):
    checkout = FlagFactory(checkout=True)
    for user in ("internal-1", "internal-2"):
        TargetFactory(flag=checkout, value=user)
    FlagFactory(name="ai_recommendations", percentage=5)
    FlagFactory(name="legacy_dashboard", enabled=False)

    users = [f"user-{number}" for number in range(2000)]
    share = sum(is_enabled("new_checkout_flow", user) for user in users) / 2000

    assert is_enabled("new_checkout_flow", "internal-1")
    assert is_enabled("new_checkout_flow", "internal-2")
    assert share == pytest.approx(0.25, abs=0.03)
    assert sum(is_enabled("ai_recommendations", user) for user in users) == pytest.approx(
        100, abs=40
    )
    assert not any(is_enabled("legacy_dashboard", user) for user in users)


def test_a_check_costs_neither_sql_nor_redis(flags, settings, django_assert_num_queries, caplog):
    FlagFactory(checkout=True)
    flags.beat()
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"
    caplog.clear()

    with django_assert_num_queries(0):
        for number in range(1000):
            is_enabled("new_checkout_flow", f"user-{number}")

    assert caplog.messages == []
