"""What a call to the outside may raise, besides `Refused` for one that may not be made."""

from __future__ import annotations

from typing import Any

from zdt_core import messages
from zdt_core.exceptions import Unavailable


class Unanswered(Unavailable):
    """The other side did not answer as it should; ``code`` with ``params`` says how."""

    def __init__(self, code: str, **params: Any) -> None:
        self.code, self.params = code, params
        super().__init__(code)

    def __str__(self) -> str:
        return messages.text(self.code, self.params)
