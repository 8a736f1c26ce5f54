"""What a token may be allowed to do: names with a sentence each.

An app adds its own in `ready`. ``permissions`` are those that a person needs to hand a scope out,
so that nobody gets by a token what they may not do themselves.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from zdt_core.exceptions import Refused


@dataclass(frozen=True, slots=True)
class Scope:
    name: str
    meaning: Any
    permissions: tuple[str, ...] = ()

    def may_be_given_by(self, user: Any) -> bool:
        """Whether ``user`` may do all that the scope allows."""
        return bool(user.has_perms(self.permissions))


_scopes: dict[str, Scope] = {}


def register(*scopes: Scope) -> None:
    _scopes.update({scope.name: scope for scope in scopes})


def known() -> list[Scope]:
    """Every scope of the installed apps, by name."""
    return [_scopes[name] for name in sorted(_scopes)]


def check(names: Iterable[str]) -> list[str]:
    """``names`` without repetitions. Raises Refused: "scopes_missing", "scope_unknown"."""
    wanted = sorted(set(names))
    if not wanted:
        raise Refused("scopes_missing", known=_listed())
    for name in wanted:
        if name not in _scopes:
            near = difflib.get_close_matches(name, _scopes, n=1)
            if near:
                raise Refused("scope_unknown", scope=name[:80], nearest=near[0])
            raise Refused("scope_unheard_of", scope=name[:80], known=_listed())
    return wanted


def check_giver(names: Iterable[str], user: Any) -> None:
    """Raise Refused("scope_not_yours") where ``user`` may not do what a scope allows."""
    for name in names:
        scope = _scopes.get(name)
        if scope and not scope.may_be_given_by(user):
            needed = ", ".join(scope.permissions)
            raise Refused("scope_not_yours", scope=name, permissions=needed)


def _listed() -> str:
    return ", ".join(sorted(_scopes))
