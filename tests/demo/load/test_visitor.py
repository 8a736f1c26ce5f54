"""What a visitor wrote has to be what the shop shows, whichever release is asked."""

import asyncio
import random

import pytest

from demo.load.client import Reply
from demo.load.tally import Outcome
from demo.load.visitor import Visitor
from tests.deploy.canary.edge.upstream import runs

FORM = '<input type="hidden" name="csrfmiddlewaretoken" value="abc">'
PAGE = f'{FORM}<strong class="email">{{}}</strong>'


class Shop:
    """Answers like the shop; ``forgets`` what it was told, or ``breaks`` when it is told."""

    def __init__(self, *, forgets: bool = False, breaks: bool = False) -> None:
        self.forgets, self.breaks = forgets, breaks
        self.address, self.sent = "", []

    async def send(self, method, path, form=None):
        self.sent.append((method, path, form))
        if method == "GET":
            return Outcome(f"GET {path}", 0.1, 200), Reply(200, [], PAGE.format(self.address))
        if self.breaks:
            return Outcome(f"POST {path}", 0.1, 500), Reply(500, [], "")
        if not (self.forgets and self.address):
            self.address = form["email"]
        return Outcome(f"POST {path}", 0.1, 302), Reply(302, [("location", "/account/")], "")


def visitor(shop: Shop) -> tuple[Visitor, list[Outcome]]:
    async def pace() -> bool:
        await asyncio.sleep(0)
        return True

    outcomes: list[Outcome] = []
    return Visitor(shop, pace, outcomes.append, random.Random(1)), outcomes


@runs
async def test_a_customer_who_signed_up_finds_each_address_that_was_written():
    shop = Shop()
    someone, outcomes = visitor(shop)
    await someone._sign_up()
    first = shop.address
    await someone._mind_the_account()
    assert someone.signed_in
    assert shop.address not in ("", first)
    assert [found for found in outcomes if found.failed] == []
    assert sum(found.read_back for found in outcomes) == 3


@runs
async def test_an_address_that_got_lost_is_a_failed_request():
    shop = Shop(forgets=True)
    someone, outcomes = visitor(shop)
    await someone._sign_up()
    await someone._mind_the_account()
    [wrong] = [found for found in outcomes if found.failed]
    assert wrong.request == "GET /account/"
    assert "not the address that was written" in wrong.trouble


@pytest.mark.parametrize("told", ["by the same account's other visitor", "in vain"])
@runs
async def test_what_nobody_can_know_is_not_asked(told):
    shop = Shop(breaks=told == "in vain")
    someone, outcomes = visitor(shop)
    await someone._mind_the_account()
    assert shop.sent[-1][0] == "POST"
    assert someone.address == ""
    assert [found.trouble for found in outcomes] == ["", ""]
