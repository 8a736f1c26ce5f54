"""Refuses names that Django or Python would not take, while nothing is written yet."""

from __future__ import annotations

import keyword
from collections.abc import Iterable

from django.db.models import Model

from zdt_core.exceptions import Refused


def require_fields(names: Iterable[str]) -> None:
    """Refuse what no field of a model can be called."""
    for name in names:
        if not _is_name(name) or "__" in name or name.endswith("_") or hasattr(Model, name):
            raise Refused("schema_name_unusable", name=name)


def require_file(name: str) -> None:
    """Refuse what Django would not find as a migration."""
    if name and not name.isidentifier():
        raise Refused("schema_file_unusable", name=name)


def _is_name(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)
