"""One supervised process as it runs: its state, its output, its end."""

from __future__ import annotations

import collections
import enum
import os
import select
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from indii.ops import processes
from indii.ops.logs import LogFile
from indii.ops.parts import Child, Part

TAIL_LINES = 25
LONGEST_LINE = 64 * 1024
LOUD_LINES = 10
LOUD_WINDOW_S = 30.0


class ProcessStatus(enum.Enum):
    """Where a supervised process stands."""

    WAITING = enum.auto()
    STARTING = enum.auto()
    READY = enum.auto()
    DONE = enum.auto()
    STOPPED = enum.auto()


class Running:
    """A child or a step, its current process (if any) and what it said last."""

    def __init__(self, part: Part, log_dir: Path, env: Mapping[str, str]) -> None:
        self.part = part
        self.state = ProcessStatus.WAITING
        self.ever_ready = False
        self.failures = 0
        self.misses = 0
        self.not_before = 0.0
        self.started_at = 0.0
        self.next_alive = 0.0
        self.stopped_at = 0.0
        self.stop_by: float | None = None
        self.last_line = ""
        self.last_pid = 0
        self.log = LogFile(log_dir / f"{part.name}.log")
        self._env = {**env, **part.env}
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer = b""
        self._tail: collections.deque[str] = collections.deque(maxlen=TAIL_LINES)
        self._loud_until = 0.0
        self._loud_left = LOUD_LINES

    @property
    def pid(self) -> int:
        """The living process's pid, 0 where there is none."""
        return self._process.pid if self._process is not None else 0

    @property
    def satisfied(self) -> bool:
        """Whether those that wait for this part may start."""
        return self.state in {ProcessStatus.READY, ProcessStatus.DONE}

    def start(self, selector: selectors.BaseSelector) -> None:
        """Start the process and listen to it."""
        part = self.part
        late = part.late_env() if isinstance(part, Child) else {}
        self._process = processes.spawn(
            part.argv,
            env={**self._env, **late},
            cwd=part.cwd,
            identity=getattr(part, "identity", None),
            death_signal=getattr(part, "death_signal", signal.SIGTERM),
        )
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        selector.register(self._process.stdout, selectors.EVENT_READ, self)
        self.last_pid = self._process.pid
        self.started_at = time.monotonic()
        self.state = ProcessStatus.STARTING
        self.last_line = ""
        self.misses = 0

    def became_ready(self) -> None:
        """Note that the process is up (or, for a step, has ended well)."""
        self.state = ProcessStatus.READY
        self.ever_ready = True
        self.next_alive = time.monotonic()

    def poll(self) -> int | None:
        """Return the exit status when the process has just ended."""
        return self._process.poll() if self._process is not None else None

    def stop(self, deadline: float) -> None:
        """Ask the process to end by `deadline` (monotonic seconds)."""
        self.stop_by = deadline
        self.stopped_at = time.monotonic()
        if self._process is not None:
            self._process.send_signal(getattr(self.part, "stop_signal", signal.SIGTERM))

    def kill(self) -> None:
        """End the process and its group at once."""
        if self._process is not None:
            processes.kill_group(self._process.pid)

    # ------------------------------------------------------------------ output

    def read(
        self, selector: selectors.BaseSelector, loud: Callable[[Running, bytes], None]
    ) -> None:
        """Take what the process has written; at its end stop listening."""
        if self._process is None or self._process.stdout is None:
            return
        try:
            data = os.read(self._process.stdout.fileno(), 1 << 16)
        except BlockingIOError:
            return
        if not data:
            selector.unregister(self._process.stdout)
            self._process.stdout.close()
            self._process.stdout = None
            return
        self.log.write(data)
        *lines, self._buffer = (self._buffer + data.replace(b"\r", b"\n")).split(b"\n")
        if len(self._buffer) > LONGEST_LINE:
            lines.append(self._buffer)
            self._buffer = b""
        for line in lines:
            self._take(line, loud)

    def _take(self, line: bytes, loud: Callable[[Running, bytes], None]) -> None:
        text = line.decode(errors="replace").rstrip()
        if not text:
            return
        self._tail.append(text)
        self.last_line = text
        pattern = getattr(self.part, "loud", None)
        if pattern is None or not pattern.search(line):
            return
        now = time.monotonic()
        if now > self._loud_until:
            self._loud_until = now + LOUD_WINDOW_S
            self._loud_left = LOUD_LINES
        self._loud_left -= 1
        if self._loud_left > 0:
            loud(self, line)
        elif self._loud_left == 0:
            loud(self, f"... more in {self.log.path}".encode())

    def drain(
        self, selector: selectors.BaseSelector, loud: Callable[[Running, bytes], None]
    ) -> None:
        """Take the last words of a process that has ended, and forget it."""
        if self._process is None:
            return
        for _ in range(64):  # bounded: a descendant that escaped may still hold the pipe
            before = self._process.stdout
            if before is None or not _has_data(before.fileno()):
                break
            self.read(selector, loud)
        self.close(selector)
        if self._buffer:
            self._take(self._buffer, loud)
            self._buffer = b""
        self._process = None

    def tail(self) -> list[str]:
        """Return the last lines that the process wrote."""
        return list(self._tail)

    def close(self, selector: selectors.BaseSelector) -> None:
        """Stop listening and close the log."""
        if self._process is not None and self._process.stdout is not None:
            selector.unregister(self._process.stdout)
            self._process.stdout.close()
            self._process.stdout = None
        self.log.close()


def _has_data(fd: int) -> bool:
    return bool(select.select([fd], [], [], 0)[0])
