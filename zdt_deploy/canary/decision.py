"""`request.zdt`: what was decided for one request."""

from __future__ import annotations

from zdt_deploy.canary.cookies import Visitor
from zdt_deploy.canary.routing import Route


class Decision:
    """The track of one request and why.

    Whoever reads it makes the response depend on the visitor's cookie, so reading is remembered
    and the response says ``Vary: Cookie``. zdt's own rooms look at the underscored names.
    """

    __slots__ = ("_route", "_track", "_visitor", "was_read")

    def __init__(self, track: str, visitor: Visitor | None, route: Route | None) -> None:
        self._track = track
        self._visitor = visitor
        self._route = route
        self.was_read = False

    @property
    def track(self) -> str:
        """``"stable"`` or ``"canary"``: where this request belongs."""
        self.was_read = True
        return self._track

    @property
    def release(self) -> str:
        """The release that serves the track; "" when no split is known."""
        self.was_read = True
        return "" if self._route is None else self._route.release(self._track)

    @property
    def bucket(self) -> int | None:
        """The visitor's bucket, 0 to 99; None on a first visit."""
        self.was_read = True
        return None if self._visitor is None else self._visitor.coarse

    @property
    def key(self) -> str | None:
        """The id that was hashed; None on a first visit."""
        self.was_read = True
        return None if self._visitor is None else self._visitor.key

    def attributes(self) -> dict[str, str | int]:
        """What traces and error reports may say of it; who reads them sees no other response."""
        found: dict[str, str | int] = {"zdt.track": self._track, "zdt.epoch": self.epoch}
        if self._visitor is not None:
            found["zdt.bucket"] = self._visitor.coarse
        if self._route is not None and self._route.deployment:
            found["zdt.deployment"] = self._route.deployment
        return found

    @property
    def epoch(self) -> int:
        """The epoch of the split that was applied; 0 when none is known."""
        return 0 if self._route is None else self._route.epoch
