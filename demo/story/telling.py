"""What the story says, with the time since it began."""

from __future__ import annotations

import time


class Narrator:
    def __init__(self) -> None:
        self.began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def say(self, sentence: str) -> None:
        print(f"[{self.seconds:6.1f} s] {sentence}", flush=True)
