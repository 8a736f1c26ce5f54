"""`request.zdt`: what was decided for one request."""

from __future__ import annotations

from zdt_core import buckets


class Decision:
    """The track of one request and why.

    Whoever reads it makes the response depend on the visitor's cookie, so reading is remembered
    and the response says ``Vary: Cookie``. zdt's own rooms look at the underscored names.
    """

    __slots__ = ("_epoch", "_fine", "_key", "_release", "_track", "was_read")

    def __init__(
        self, track: str, release: str, fine: int | None, key: str | None, epoch: int
    ) -> None:
        self._track, self._release, self._fine = track, release, fine
        self._key, self._epoch = key, epoch
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
        return self._release

    @property
    def bucket(self) -> int | None:
        """The visitor's bucket, 0 to 99; None on a first visit."""
        self.was_read = True
        return self.coarse

    @property
    def key(self) -> str | None:
        """The id that was hashed; None on a first visit."""
        self.was_read = True
        return self._key

    @property
    def epoch(self) -> int:
        """The epoch of the split that was applied; 0 when none is known."""
        return self._epoch

    @property
    def coarse(self) -> int | None:
        return None if self._fine is None else self._fine * 100 // buckets.STEPS
