"""The modes that pages are looked at in."""

from __future__ import annotations

from dataclasses import dataclass

WIDE, NARROW, SCREEN = 1280, 390, 1920


@dataclass(frozen=True, slots=True)
class Mode:
    """How a page is looked at."""

    name: str
    scheme: str = "light"
    width: int = WIDE
    scripts: bool = True
    language: str = "en-US"

    def __str__(self) -> str:
        return self.name


LIGHT, DARK = Mode("light"), Mode("dark", scheme="dark")
PHONE = Mode("phone", width=NARROW)
NO_SCRIPTS = Mode("without JavaScript", width=NARROW, scripts=False)
GERMAN = Mode("phone, in German", width=NARROW, language="de-DE")
SCREEN_DARK = Mode("dark on a large screen", scheme="dark", width=SCREEN)
