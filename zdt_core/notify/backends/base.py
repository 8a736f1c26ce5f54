"""What every backend is: options with types, and one method."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from zdt_core.notify.letter import Letter

Complaint = Callable[[Any], str | None]


@dataclass(frozen=True, slots=True)
class Option:
    """An entry of OPTIONS. ``complain`` returns what is wrong with a value of the right type."""

    kind: type
    required: bool = False
    secret: bool = False
    complain: Complaint | None = None


class Backend(ABC):
    """Delivers letters. A subclass declares its ``options`` and gets them by name.

    `deliver` may run twice with the same letter, and has about ten seconds. It raises `Undelivered`
    or whatever else went wrong, and is tried again unless that is final.
    """

    options: ClassVar[Mapping[str, Option]] = {}

    def __init__(self, **options: Any) -> None:
        self.given = options

    @abstractmethod
    def deliver(self, letter: Letter) -> None: ...

    def __repr__(self) -> str:  # the options may be secret
        return f"<{type(self).__name__}>"


def http_url(value: str) -> str | None:
    if value.startswith(("https://", "http://")):
        return None
    return "must be an http(s) URL"
