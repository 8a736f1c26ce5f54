"""Ask a flag. No query, no lock and no waiting; see `zdt_flags.keeper` for where answers come from.

Inside of a request that passes `zdt_flags.FlagsMiddleware` every flag keeps its answer.
"""

from __future__ import annotations

import logging
from time import monotonic

from zdt_flags import evaluate
from zdt_flags.evaluate import Answer, Reason
from zdt_flags.keeper import keeper
from zdt_flags.pins import Pin, pinned
from zdt_flags.visitors import id_of

logger = logging.getLogger("zdt.flags")

_pin_here = pinned.get
_no_pin = Pin()
_reported: set[str] = set()
_MOST_REPORTED = 1000


def is_enabled(name: str, user: object = None, default: bool = False) -> bool:
    """True when the flag ``name`` is on for ``user``: a user object, an id, or None for nobody.

    A flag that does not exist answers ``default``, and so does every flag while the stores have
    never been reached. Never raises because a store is away.
    """
    pin = _pin_here()
    if pin is None:
        held = keeper.held if monotonic() < keeper.due else keeper.current()
        rule = held.rules.get(name)
    else:
        who, answer = pin[name]
        if who is user:
            return answer
        rule = pin.rule(name) if pin.rules is None else pin.rules.get(name)
    if rule is None:
        return _unknown(name, default)
    if rule is not True and rule is not False:
        if type(user) is not str or not user:
            rule = rule(id_of(user, None if pin is None else pin.request))
        else:
            rule = rule(user)
    if pin is not None and pin.rules is not None:
        pin[name] = (user, rule)
    return rule


def explain(name: str, user: object = None, default: bool = False) -> Answer:
    """The answer of `is_enabled` with the rule that gave it and the user's bucket."""
    pin = _pin()
    if pin.overrides and name in pin.overrides:
        return Answer(pin.overrides[name], Reason.OVERRIDDEN)
    flag = pin.definition(name)
    if flag is None:
        return Answer(_unknown(name, default), Reason.UNKNOWN)
    decides = flag.enabled and (flag.percentage is not None or flag.allow or flag.deny)
    return evaluate.explain(flag, id_of(user, pin.request) if decides else None)


def needs_user(name: str) -> bool:
    """True when the answer of ``name`` depends on who asks."""
    rule = _pin().rule(name)
    return rule is not None and not isinstance(rule, bool)


def _pin() -> Pin:
    pin = _pin_here()
    return _no_pin if pin is None else pin


def _unknown(name: str, default: bool) -> bool:
    """A flag that nobody made, which may be a typing error: say so once."""
    if name not in _reported and len(_reported) < _MOST_REPORTED:
        _reported.add(name)
        logger.warning("There is no flag “%s”; it answers %s.", name, default)
    return default
