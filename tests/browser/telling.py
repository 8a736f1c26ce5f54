"""`python -m tests.browser.telling MODULE …`: migrate, then let each module's `tell()` add to it.

Prints as JSON what they return, merged.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

import django


def main(modules: list[str]) -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    told: dict[str, Any] = {}
    for name in modules:
        told |= importlib.import_module(name).tell()
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
