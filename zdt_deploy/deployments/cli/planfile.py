"""A plan in a file: the fields of a plan as JSON or TOML, such as a repository keeps."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from zdt_core.exceptions import Refused
from zdt_deploy.deployments import durations
from zdt_deploy.deployments.plans import Plan, parse_steps

_READERS: dict[str, Any] = {".json": json.loads, ".toml": tomllib.loads}
MOST_BYTES = 100_000


def is_one(name: str) -> bool:
    """Whether ``name`` means a file: named plans hold neither a dot nor a slash."""
    return "/" in name or "." in name


def read(path: Path) -> Plan:
    """The plan in ``path``. Steps may be "5,25:10m,100", durations "30m".

    Raises Refused: "plan_file_kind", "plan_file_unreadable", or as `Plan.wished`.
    """
    reader = _READERS.get(path.suffix)
    if reader is None:
        raise Refused("plan_file_kind", path=str(path))
    try:
        with path.open("rb") as file:
            fields = reader(file.read(MOST_BYTES).decode())
    except OSError as error:
        raise Refused("plan_file_unreadable", path=str(path), error=error.strerror) from error
    except (ValueError, RecursionError) as error:  # no UTF-8, no JSON, no TOML
        raise Refused("plan_file_unreadable", path=str(path), error=str(error)) from error
    return Plan.wished(_written_out(fields) if isinstance(fields, dict) else fields)


def _written_out(fields: dict[str, Any]) -> dict[str, Any]:
    """With durations in seconds and steps as a list."""
    found = dict(fields)
    for name, value in fields.items():
        if name.endswith("_seconds") and isinstance(value, str):
            found[name] = durations.parse(value)
        elif name == "steps" and isinstance(value, str):
            found[name] = parse_steps(value)
    return found
