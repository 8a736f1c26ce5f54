"""What a backend may say about a letter that it could not deliver."""

from __future__ import annotations

from typing import Any

from zdt_core import messages
from zdt_core.exceptions import ZdtError


class Undelivered(ZdtError):
    """The other side did not take the letter; ``code`` with ``params`` says why.

    ``final`` means that trying again is no use. ``retry_after`` are the seconds that the other side
    asked us to wait.
    """

    def __init__(
        self, code: str, *, final: bool = False, retry_after: float | None = None, **params: Any
    ) -> None:
        self.code, self.params = code, params
        self.final, self.retry_after = final, retry_after
        super().__init__(code)

    def __str__(self) -> str:
        return messages.text(self.code, self.params)
