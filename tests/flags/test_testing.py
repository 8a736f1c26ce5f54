import asyncio

import pytest

from zdt_flags import is_enabled
from zdt_flags.testing import override_flags


@pytest.fixture(autouse=True)
def no_stores(monkeypatch):
    """Overridden flags touch neither PostgreSQL nor Redis."""
    from zdt_flags.keeper import keeper

    monkeypatch.setattr(keeper, "due", float("-inf"))
    monkeypatch.setattr(keeper, "current", lambda: pytest.fail("The stores were asked."))


def test_flags_are_overridden_for_the_time_of_a_block():
    with override_flags(new_checkout_flow=True):
        assert is_enabled("new_checkout_flow", "anybody") is True
    with override_flags(new_checkout_flow=False):
        assert is_enabled("new_checkout_flow", "anybody") is False


@override_flags(new_checkout_flow=True)
def test_a_test_can_be_decorated():
    assert is_enabled("new_checkout_flow")


def test_an_async_test_can_be_decorated():
    @override_flags(new_checkout_flow=True)
    async def check():
        await asyncio.sleep(0)
        return is_enabled("new_checkout_flow")

    assert asyncio.run(check()) is True


def test_names_that_are_no_python_names_go_into_a_mapping():
    with override_flags({"new-checkout.flow": True}):
        assert is_enabled("new-checkout.flow")


def test_overrides_nest_and_the_inner_one_wins():
    with override_flags(a=True, b=True):
        with override_flags(a=False):
            assert (is_enabled("a"), is_enabled("b")) == (False, True)
        assert is_enabled("a") is True


def test_one_override_can_be_entered_again():
    again = override_flags(a=True)
    with again:
        with again:
            assert is_enabled("a")
        assert is_enabled("a")


def test_tasks_do_not_see_each_others_overrides():
    async def ask(value, gate):
        with override_flags(a=value):
            await gate.wait()
            return is_enabled("a")

    async def both():
        gate = asyncio.Event()
        tasks = [asyncio.ensure_future(ask(value, gate)) for value in (True, False)]
        await asyncio.sleep(0)
        gate.set()
        return await asyncio.gather(*tasks)

    assert asyncio.run(both()) == [True, False]
