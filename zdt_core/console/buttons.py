"""What people may do with a row, as buttons: what each does, and why it can not be pressed now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from zdt_core import messages
from zdt_core.console.asked import Demand


@dataclass(frozen=True, slots=True)
class Button:
    """An operation of the console, and what it does in words.

    ``kind`` is that of its event, ``permission`` one such as "zdt_deploy.run_backfill". What can
    not be taken back is a ``danger``.
    """

    name: str
    kind: str
    label: Any
    effect: Any
    permission: str
    danger: bool = field(default=False, kw_only=True)

    @property
    def codename(self) -> str:
        """The permission as refusals name it."""
        return self.permission.partition(".")[2]

    def permitted(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.has_perm(self.permission))

    def forbidden(self, request: HttpRequest) -> str:
        """Which permission this person lacks, in a sentence; "" when none."""
        if self.permitted(request):
            return ""
        return messages.text("permission_missing", {"permission": self.codename})


@dataclass(frozen=True, slots=True)
class Offer:
    """One button on one row for one person, or the reason there is none."""

    button: Button
    why_not: str
    demand: Demand
