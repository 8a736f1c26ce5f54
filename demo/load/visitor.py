"""What a visitor does: looks around, asks about delivery, orders, may sign in or sign up, leaves.

Whoever signed up has an account that nobody else touches, so the shop has to show the address that
was last written there, whichever release wrote it and whichever one is asked.
"""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace

from demo.load.client import Client, Reply
from demo.load.tally import Outcome

PRODUCT = re.compile(r'href="/products/([a-z0-9-]+)/"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
SHOWN = '<strong class="email">{}</strong>'

ASKS_FOR_DELIVERY = 0.2
ORDERS = 0.2
SIGNS_IN = 0.15
SIGNS_UP = 0.1
MINDS_THE_ACCOUNT = 0.3
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
        self.signed_in = False
        self.address = ""  # what the account is known to hold; "" where that isn't known

    async def run(self) -> None:
        """Visit until the load ends."""
        while not self.over:
            await self._visit()
            self.client.leave()
            self.signed_in, self.address = False, ""

    async def _visit(self) -> None:
        shelf = await self._get("/")
        whim = self.dice.random()
        if whim < SIGNS_UP:
            await self._sign_up()
        elif whim < SIGNS_UP + SIGNS_IN:
            await self._sign_in()
        for _ in range(self.dice.randint(5, 15)):
            if self.over:
                return
            products = PRODUCT.findall(shelf.body) if shelf else []
            if not products or self.dice.random() < 0.3:
                shelf = await self._get("/") or shelf
                continue
            await self._look_at(self.dice.choice(products))
            if self.signed_in and self.dice.random() < MINDS_THE_ACCOUNT:
                await self._mind_the_account()

    async def _look_at(self, slug: str) -> None:
        page = await self._get(f"/products/{slug}/")
        if self.dice.random() < ASKS_FOR_DELIVERY:
            await self._get(f"/products/{slug}/delivery/")
        token = TOKEN.search(page.body) if page else None
        if token and self.dice.random() < ORDERS:
            order = {"product": slug, "quantity": "1", "csrfmiddlewaretoken": token[1]}
            await self._follow(await self._send("POST", "/checkout/", order))

    async def _sign_in(self) -> None:
        name = f"customer{self.dice.randrange(CUSTOMERS)}"
        form = {"username": name, "password": PASSWORD, "next": ""}
        self.signed_in = await self._fill_in("/login/", form) is not None

    async def _sign_up(self) -> None:
        name = f"visitor-{secrets.token_hex(8)}"
        await self._write(
            "/sign-up/", f"{name}@example.com", {"username": name, "password": PASSWORD}
        )
        self.signed_in = bool(self.address)

    async def _mind_the_account(self) -> None:
        address = f"{secrets.token_hex(8)}@example.com"
        if self.address:
            await self._write("/account/", address, {})
        else:  # somebody else may have signed in to the same account, and change it in between
            await self._fill_in("/account/", {"email": address})

    async def _write(self, path: str, address: str, form: dict[str, str]) -> None:
        if reply := await self._fill_in(path, {**form, "email": address}):
            self.address = address
            await self._follow(reply)

    async def _fill_in(self, path: str, form: dict[str, str]) -> Reply | None:
        """Open the page of a form and send it."""
        page = await self._get(path)
        token = TOKEN.search(page.body) if page else None
        if token is None:
            return None
        self.address = ""
        return await self._send("POST", path, {**form, "csrfmiddlewaretoken": token[1]})

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
        if self.address and (method, path) == ("GET", "/account/"):
            outcome = self._read_back(outcome, reply)
        self.note(outcome)
        return reply if reply is not None and reply.status < 400 else None

    def _read_back(self, outcome: Outcome, reply: Reply | None) -> Outcome:
        """Whether the page of the account shows the address that was written there."""
        if reply is None or reply.status != 200:
            return outcome
        if SHOWN.format(self.address) in reply.body:
            return replace(outcome, read_back=True)
        return replace(outcome, trouble=f"not the address that was written: {self.address}")
