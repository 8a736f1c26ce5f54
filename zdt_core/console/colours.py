"""The colour in which the console shows an environment, so that nobody mistakes one for another."""

from __future__ import annotations

from zdt_core.conf import conf

_BY_NAME = {
    "red": ("production", "prod", "live"),
    "orange": ("staging", "stage", "preprod", "preproduction", "qa", "uat"),
    "green": ("demo", "development", "dev", "local"),
    "violet": ("test", "testing", "ci"),
}


def colour_of(environment: str) -> str:
    """One of the setting's colours; what nobody named is grey."""
    told = conf.CONSOLE_COLOURS.get(environment)
    if told:
        return told
    found = (colour for colour, names in _BY_NAME.items() if environment.lower() in names)
    return next(found, "grey")
