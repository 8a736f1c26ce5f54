"""One row of the API's table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zdt_core.access.fields import Field

ONE = "deployments/{id}/"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``gives`` is the status of success and the name of the schema of its body."""

    name: str
    method: str
    path: str
    scope: str
    meaning: str
    view: Callable[..., Any]
    gives: tuple[int, str]
    query: tuple[Field, ...] = ()
    body: tuple[Field, ...] = ()

    @property
    def problems(self) -> tuple[int, ...]:
        """The statuses of its refusals."""
        found = {401, 403, 422, 503} if self.query or self.body else {401, 403, 503}
        if "{" in self.path or self.query:
            found.add(404)
        if self.method == "POST":
            found |= {400, 409, 413, 415}
        return tuple(sorted(found))
