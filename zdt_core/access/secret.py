"""The secret of a token: ``zdt_PREFIX_SECRET``. No I/O.

PREFIX is public: the token is looked up by it, and a line of a log that holds it names the token.
SECRET is 256 random bits, so that a plain SHA-256 is enough at rest: there is nothing to guess.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

_WRITTEN = re.compile(r"zdt_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Secret:
    """``text`` is what the client sends; it is never stored, logged or shown twice."""

    prefix: str
    text: str = field(repr=False)

    @property
    def digest(self) -> str:
        """What is stored: SHA-256 in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def matches(self, digest: str) -> bool:
        """Whether ``digest`` was made from this secret, in constant time."""
        return hmac.compare_digest(self.digest, digest)


def mint() -> Secret:
    """A new secret."""
    prefix = secrets.token_hex(6)
    return Secret(prefix, f"zdt_{prefix}_{secrets.token_urlsafe(32)}")


def read(text: str) -> Secret | None:
    """The secret that a client sent; None where it can be none of ours."""
    found = _WRITTEN.fullmatch(text)
    return Secret(found[1], text) if found else None
