"""The modes that pages are looked at in."""

from __future__ import annotations

from dataclasses import dataclass

WIDE, NARROW = 1280, 390


@dataclass(frozen=True, slots=True)
class Mode:
    """How a page is looked at."""

    name: str
    scheme: str = "light"
    width: int = WIDE
    scripts: bool = True

    def __str__(self) -> str:
        return self.name


LIGHT, DARK = Mode("light"), Mode("dark", scheme="dark")
PHONE = Mode("phone", width=NARROW)
NO_SCRIPTS = Mode("without JavaScript", width=NARROW, scripts=False)
