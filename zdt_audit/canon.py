"""The one way to write an entry as text, so that its bytes can be hashed and compared. No I/O.

JSON without spaces, keys sorted, and only texts, whole numbers, true, false and null: what else a
fact may be is written as a text by `plain` first. Programs in any language can write the same.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

_LARGEST = 2**53 - 1  # beyond it, other languages' numbers lose digits
_Moment = datetime.datetime


def plain(value: Any) -> Any:
    """``value`` made of what `canonical` takes.

    Decimals and floats become their shortest text ("0.02"), moments UTC with microseconds
    ("2026-01-31T12:00:00.000000Z"), whole numbers beyond 2**53 texts. Raises TypeError for
    anything that is no fact, such as an object or a moment without a time zone.
    """
    match value:
        case None | bool():
            return value
        case str():
            return str(value).encode("utf-8", "backslashreplace").decode()
        case int():
            return int(value) if abs(value) <= _LARGEST else str(int(value))
        case float() | Decimal() | UUID() | datetime.timedelta():
            return str(value)
        case _Moment():
            return moment(value)
        case datetime.date() | datetime.time():
            return value.isoformat()
        case Mapping():
            return {plain(str(key)): plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
    if any(base.__name__ == "Promise" for base in type(value).__mro__):
        return plain(str(value))  # a text to be translated
    raise TypeError(f"{type(value).__name__} is no fact that an audit entry can hold.")


def moment(value: datetime.datetime) -> str:
    """``value`` in UTC with microseconds. Raises TypeError where its time zone is unknown."""
    if value.tzinfo is None:
        raise TypeError("A moment needs its time zone.")
    return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(document: Mapping[str, Any]) -> str:
    """``document`` as canonical text. Raises TypeError for what `plain` would have changed."""
    _check(document)
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _check(value: Any) -> None:
    if isinstance(value, Mapping):
        for key, each in value.items():
            if not isinstance(key, str):
                raise TypeError("Keys are texts.")
            _check(each)
    elif isinstance(value, list):
        for each in value:
            _check(each)
    elif not (value is None or isinstance(value, (str, bool, int))):
        raise TypeError(f"{type(value).__name__} has no canonical form; see `plain`.")
