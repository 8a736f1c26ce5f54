"""What a visitor does: looks around, asks about delivery, orders, sometimes signs in, leaves."""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable

from demo.load.client import Client, Reply
from demo.load.tally import Outcome

PRODUCT = re.compile(r'href="/products/([a-z0-9-]+)/"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')

ASKS_FOR_DELIVERY = 0.2
ORDERS = 0.2
SIGNS_IN = 0.15
CUSTOMERS = 200
PASSWORD = "sample-customer"  # noqa: S105  (the sample customers' password)


class Visitor:
    """A series of people at one browser, each with an empty cookie jar.

    ``pace`` waits until the next request is due and is False once the load ends; ``note`` gets
    every outcome.
    """

    def __init__(
        self,
        client: Client,
        pace: Callable[[], Awaitable[bool]],
        note: Callable[[Outcome], None],
        dice: random.Random,
    ) -> None:
        self.client, self.pace, self.note, self.dice = client, pace, note, dice
        self.over = False

    async def run(self) -> None:
        """Visit until the load ends."""
        while not self.over:
            await self._visit()
            self.client.leave()

    async def _visit(self) -> None:
        shelf = await self._get("/")
        if self.dice.random() < SIGNS_IN:
            await self._sign_in()
        for _ in range(self.dice.randint(5, 15)):
            if self.over:
                return
            products = PRODUCT.findall(shelf.body) if shelf else []
            if not products or self.dice.random() < 0.3:
                shelf = await self._get("/") or shelf
                continue
            await self._look_at(self.dice.choice(products))

    async def _look_at(self, slug: str) -> None:
        page = await self._get(f"/products/{slug}/")
        if self.dice.random() < ASKS_FOR_DELIVERY:
            await self._get(f"/products/{slug}/delivery/")
        token = TOKEN.search(page.body) if page else None
        if token and self.dice.random() < ORDERS:
            order = {"product": slug, "quantity": "1", "csrfmiddlewaretoken": token[1]}
            await self._follow(await self._send("POST", "/checkout/", order))

    async def _sign_in(self) -> None:
        page = await self._get("/login/")
        token = TOKEN.search(page.body) if page else None
        if token:
            form = {
                "username": f"customer{self.dice.randrange(CUSTOMERS)}",
                "password": PASSWORD,
                "csrfmiddlewaretoken": token[1],
                "next": "",
            }
            await self._follow(await self._send("POST", "/login/", form))

    async def _follow(self, reply: Reply | None) -> None:
        if reply is not None and reply.header("location").startswith("/"):
            await self._get(reply.header("location"))

    async def _get(self, path: str) -> Reply | None:
        return await self._send("GET", path)

    async def _send(
        self, method: str, path: str, form: dict[str, str] | None = None
    ) -> Reply | None:
        self.over = self.over or not await self.pace()
        if self.over:
            return None
        outcome, reply = await self.client.send(method, path, form)
        self.note(outcome)
        return reply if reply is not None and reply.status < 400 else None
