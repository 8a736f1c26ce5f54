"""Which processes are alive, what they have seen, and orders to them.

A process joins at boot (`join`), beats until its very end, and signs off (`leave`). `members` tells
who is live, silent or gone; `strangers` are PostgreSQL sessions that no member explains.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zdt_core.fleet.activity import Session, strangers
    from zdt_core.fleet.commands import on_command
    from zdt_core.fleet.housekeeping import forget_old
    from zdt_core.fleet.membership import join, joined, leave
    from zdt_core.fleet.orders import forget, order
    from zdt_core.fleet.reports import acknowledge, report
    from zdt_core.fleet.roster import Member, hosts, member, members, newest
    from zdt_core.fleet.standing import Standing

_homes = {
    "Member": "roster",
    "Session": "activity",
    "Standing": "standing",
    "acknowledge": "reports",
    "forget": "orders",
    "forget_old": "housekeeping",
    "hosts": "roster",
    "join": "membership",
    "joined": "membership",
    "leave": "membership",
    "member": "roster",
    "members": "roster",
    "newest": "roster",
    "on_command": "commands",
    "order": "orders",
    "report": "reports",
    "strangers": "activity",
}

__all__ = [
    "Member", "Session", "Standing", "acknowledge", "forget", "forget_old", "hosts", "join",
    "joined", "leave", "member", "members", "newest", "on_command", "order", "report", "strangers",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    home = _homes.get(name)  # late, as models may not be imported before the apps are ready
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
