"""One supervisor for one state folder at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from indii.ops.errors import OpsError


class Lock:
    """A held lock. The kernel drops it with the last process that inherited it by fork."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def release(self) -> None:
        """Let somebody else have it."""
        os.close(self._fd)


def acquire(state_dir: Path) -> Lock:
    """Take the state folder's lock for this process and its forks (not for what they exec).

    Raises: OpsError naming the process that holds it.
    """
    file = state_dir / "lock"
    fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.read(fd, 32).decode(errors="replace").strip() or "unknown"
        os.close(fd)
        raise OpsError(
            f"Indii is already running from {state_dir} (process {pid}). Stop it first: kill {pid}"
        ) from None
    os.ftruncate(fd, 0)
    os.write(fd, f"{os.getpid()}\n".encode())
    return Lock(fd)


def held_by(state_dir: Path) -> int | None:
    """Return the pid of the supervisor that runs from this folder, None when there is none."""
    with contextlib.suppress(OSError, ValueError):
        fd = os.open(state_dir / "lock", os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(os.read(fd, 32))
        finally:
            os.close(fd)
    return None
