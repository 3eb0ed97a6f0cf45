"""What the person at the terminal sees: whole lines, and one live line while something takes long.

Writing to a terminal can block (the reader pressed Ctrl-S, a pipe is full) and a blocked
supervisor stops the whole site, so nothing is written unless the terminal takes it at once.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import sys
import time

QUIET_EVERY_S = 15.0
"""How often a long step reports where there is no terminal to redraw."""


class Terminal:
    """Lines for people. On a terminal one live line is redrawn below them."""

    def __init__(self, fd: int | None = None, *, colour: bool | None = None) -> None:
        self._fd = sys.stdout.fileno() if fd is None else fd
        self.is_tty = os.isatty(self._fd)
        plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
        self._colour = self.is_tty and not plain if colour is None else colour
        self._live = ""
        self._last_quiet = time.monotonic()

    def say(self, text: str = "") -> None:
        """Print a whole line."""
        self._write(f"{self._erase()}{text}\n")

    def bold(self, text: str) -> str:
        """Return the text, emphasised where the terminal can."""
        return f"\033[1m{text}\033[0m" if self._colour else text

    def warn(self, text: str) -> None:
        """Print a line that needs attention."""
        self.say(f"\033[33m{text}\033[0m" if self._colour else text)

    def live(self, text: str) -> None:
        """Redraw the live line; without a terminal print it now and then instead."""
        if self.is_tty:
            if text == self._live:
                return
            width = shutil.get_terminal_size((80, 24)).columns - 1
            erase = self._erase()
            self._live = text
            self._write(f"{erase}{text[:width]}")
        elif text and time.monotonic() - self._last_quiet >= QUIET_EVERY_S:
            self._last_quiet = time.monotonic()
            self._write(f"{text}\n")

    def _erase(self) -> str:
        if not self._live:
            return ""
        self._live = ""
        return "\r\033[K"

    def _write(self, text: str) -> None:
        data = text.encode(errors="replace")
        with contextlib.suppress(OSError, ValueError):
            while data and select.select([], [self._fd], [], 0)[1]:
                # PIPE_BUF bytes are what a writable pipe is sure to take without blocking
                data = data[os.write(self._fd, data[: select.PIPE_BUF]) :]


def seconds(value: float) -> str:
    """Return a duration for people: `0.8 s`, `42 s`, `3 min 05 s`."""
    if value < 9.95:
        return f"{value:.1f} s"
    whole = round(value)
    return f"{whole} s" if whole < 100 else f"{whole // 60} min {whole % 60:02d} s"
