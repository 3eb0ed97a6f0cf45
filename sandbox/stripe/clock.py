"""The stand-in's own time: the machine's, moved by as much as a test asked for."""

import time


class Clock:
    """Time that can be moved forward, or set."""

    def __init__(self, offset_s: float = 0.0) -> None:
        self.offset_s = offset_s

    def now(self) -> float:
        """Seconds since the epoch, as the stand-in believes."""
        return time.time() + self.offset_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.offset_s += seconds

    def set(self, now: float) -> None:
        """Make it this moment."""
        self.offset_s = now - time.time()
