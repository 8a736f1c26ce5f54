"""Every error of zdt. The message says what to do; the docstring is the message's default."""

from __future__ import annotations

from typing import Any


class ZdtError(Exception):
    """zdt could not do what was asked."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class ConfigurationError(ZdtError):
    """A setting is missing or wrong; run `manage.py check` for the list."""


class Unavailable(ZdtError):
    """A service that zdt needs did not answer in time. Try again, or run `manage.py check`."""


class LeaseLost(ZdtError):
    """Somebody else holds the lease now. What was not committed is dropped; stop working."""


class Refused(ZdtError):
    """The step may not happen now, and nothing was changed.

    A refusal is data: a ``code`` with ``params`` (JSON values), stored as such. Its text comes
    from the messages that the app registered with `zdt_core.messages`.
    """

    def __init__(self, code: str, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(code)

    def __str__(self) -> str:
        from zdt_core import messages  # the text lives at the edge

        return messages.text(self.code, self.params)


class Stale(Refused):
    """Somebody changed the object since it was read."""
