"""All the ways in which a release writes its customers, by the names that its own models have.

Each lane changes only accounts of its own, so that it knows what it has to read back; several
lanes, of different releases, work on neighbouring rows of one table at the same time.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Lower

from demo.shop.models import User

EMAIL = User.EMAIL_FIELD
LANES = 8
RECENT = 50


class Wrong(Exception):
    """The database holds another address than the one that was written."""


class Customers:
    """The accounts ``id % LANES == lane`` among the first ``most``, and new ones."""

    def __init__(self, lane: int, most: int) -> None:
        self.lane, self.most = lane, most
        self.dice = random.Random(lane)
        self.newcomers: list[str] = []

    def ways(self) -> list[Callable[[], None]]:
        return [
            self.read, self.read, self.change, self.change, self.save_whole, self.update_several,
            self.bulk_update, self.sign_up, self.bulk_create, self.upsert, self.raw_sql, self.leave,
            self.in_a_transaction,
        ]  # fmt: skip

    def read(self) -> None:
        User.objects.get(pk=self.one())

    def change(self) -> None:
        user, address = User.objects.get(pk=self.one()), self.address()
        user.change_email(address)
        self.expect({user.pk: address})

    def save_whole(self) -> None:
        user, address = User.objects.get(pk=self.one()), self.address()
        setattr(user, EMAIL, address)
        user.save()
        self.expect({user.pk: address})

    def update_several(self) -> None:
        """An expression of the old value, on neighbouring rows."""
        several = self.several()
        before = self.addresses(several)
        User.objects.filter(pk__in=several).update(**{EMAIL: Concat(Value("x"), Lower(F(EMAIL)))})
        self.expect({pk: f"x{address.lower()}"[:255] for pk, address in before.items()})
        self.update(dict.fromkeys(several, self.address()))  # so that they don't grow for ever

    def bulk_update(self) -> None:
        users = list(User.objects.filter(pk__in=self.several()))
        wanted = {user.pk: self.address() for user in users}
        for user in users:
            setattr(user, EMAIL, wanted[user.pk])
        User.objects.bulk_update(users, [EMAIL])
        self.expect(wanted)

    def sign_up(self) -> None:
        name, address = self.name(), self.address()
        user = User(username=name, password="!", **{EMAIL: address})
        user.save()
        self.expect({user.pk: address})
        self.remember(name)

    def bulk_create(self) -> None:
        users = [
            User(username=self.name(), password="!", **{EMAIL: self.address()}) for _ in range(5)
        ]
        User.objects.bulk_create(users)
        self.expect({user.pk: getattr(user, EMAIL) for user in users})
        self.remember(*(user.username for user in users))

    def upsert(self) -> None:
        """ON CONFLICT DO UPDATE, with rows that exist and one that does not."""
        names = [*self.dice.sample(self.newcomers, min(3, len(self.newcomers))), self.name()]
        wanted = {name: self.address() for name in names}
        User.objects.bulk_create(
            [User(username=name, password="!", **{EMAIL: wanted[name]}) for name in names],
            update_conflicts=True,
            unique_fields=["username"],
            update_fields=[EMAIL],
        )
        found = dict(User.objects.filter(username__in=names).values_list("username", EMAIL))
        if found != wanted:
            raise Wrong(f"{found} instead of {wanted}")
        self.remember(*(name for name in names if name not in self.newcomers))

    def raw_sql(self) -> None:
        pk, address = self.one(), self.address()
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE users SET {EMAIL} = %s WHERE id = %s", [address, pk])
            cursor.execute(f"SELECT {EMAIL} FROM users WHERE id = %s", [pk])
            found = cursor.fetchone()[0]
        if found != address:
            raise Wrong(f"{found} instead of {address}")

    def leave(self) -> None:
        if self.newcomers:
            User.objects.filter(username=self.newcomers.pop()).delete()

    def in_a_transaction(self) -> None:
        """A little work between two statements, as views do."""
        with transaction.atomic():
            user = User.objects.select_for_update().get(pk=self.one())
            time.sleep(0.01)
            address = self.address()
            user.change_email(address)
        self.expect({user.pk: address})

    def update(self, wanted: dict[int, str]) -> None:
        for pk, address in wanted.items():
            User.objects.filter(pk=pk).update(**{EMAIL: address})
        self.expect(wanted)

    def expect(self, wanted: dict[int, str]) -> None:
        found = self.addresses(wanted)
        if found != wanted:
            raise Wrong(f"{found} instead of {wanted}")

    def addresses(self, keys: Any) -> dict[int, str]:
        return dict(User.objects.filter(pk__in=list(keys)).values_list("pk", EMAIL))

    def one(self) -> int:
        return self.dice.randrange(self.most // LANES - 1) * LANES + LANES + self.lane

    def several(self) -> list[int]:
        first = self.one()
        return [pk for pk in range(first, first + 10 * LANES, LANES) if pk <= self.most]

    def address(self) -> str:
        return f"{secrets.token_hex(6)}@Example.com"

    def name(self) -> str:
        return f"new-{self.lane}-{secrets.token_hex(8)}"

    def remember(self, *names: str) -> None:
        self.newcomers = [*self.newcomers, *names][-RECENT:]
