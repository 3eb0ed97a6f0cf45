"""The owner's side of the fork server: start it, talk to it, start it again when it is gone."""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from indii.adapters.audio.pyav import wire
from indii.ports.errors import PortError

if TYPE_CHECKING:
    import socket

SERVER: Final = "indii.adapters.audio.pyav.server"
ROOT: Final = Path(__file__).resolve().parents[4]
START_S: Final = 20.0
GRACE_S: Final = 5.0
"""Patience beyond a child's wall time before the server itself counts as stuck."""

_clients: weakref.WeakSet[ForkServer] = weakref.WeakSet()


class ServerGoneError(Exception):
    """The server died or stopped answering; the request may be sent to a new one."""


class ForkServer:
    """One server process, started at first use and owned by this process only.

    A fork of the owner (Celery's prefork, granian's workers) starts its own: it must neither share
    the socket nor keep the server alive by holding a copy of it.
    """

    def __init__(self) -> None:
        """Prepare; nothing is started yet."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        _clients.add(self)

    @property
    def pid(self) -> int | None:
        """Process id of the running server, if one was started."""
        return self._process.pid if self._process is not None else None

    def ask(self, request: dict[str, Any], fds: tuple[int, ...]) -> list[dict[str, Any]]:
        """Send one request; return the child's answer (if it gave one) and how it ended.

        Raises: ServerGoneError, PortError when no server can be started.
        """
        control = self._running()
        mine, theirs = wire.pair()
        with mine:
            try:
                with theirs:
                    wire.send(control, request, (theirs.fileno(), *fds))
            except OSError as error:
                raise self._gone(control) from error
            mine.settimeout(request["wall_s"] + GRACE_S)
            answers: list[dict[str, Any]] = []
            try:
                while (message := wire.receive(mine)[0]) is not None:
                    answers.append(message)
                    if "ended" in message or "failed" in message:
                        return answers
            except OSError as error:
                raise self._gone(control) from error
        raise self._gone(control)

    def _gone(self, control: socket.socket) -> ServerGoneError:
        """Forget the server behind `control`, unless another thread already replaced it."""
        with self._lock:
            if self._control is control:
                self._stop()
        return ServerGoneError()

    def _running(self) -> socket.socket:
        with self._lock:
            if self._process is not None and self._process.poll() is not None:
                self._stop()
            if self._control is None:
                self._start()
            assert self._control is not None  # set by _start
            return self._control

    def _start(self) -> None:
        mine, theirs = wire.pair()
        mine.settimeout(START_S)
        try:
            with theirs:
                self._process = subprocess.Popen(  # our own module, fixed arguments
                    [sys.executable, "-m", SERVER, str(theirs.fileno())],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),), env=_bare_environment(), cwd="/",
                    start_new_session=True,
                )  # fmt: skip
            self._control = mine
            self._hello(mine)
        except OSError as error:
            mine.close()
            self._stop()
            raise PortError(
                "The sound decoder could not be started. Try again in a minute."
            ) from error

    def _hello(self, control: socket.socket) -> None:
        mine, theirs = wire.pair()
        with mine:
            with theirs:
                wire.send(control, {"op": "hello"}, (theirs.fileno(),))
            mine.settimeout(START_S)
            if wire.receive(mine)[0] is None:
                raise ConnectionError

    def _stop(self) -> None:
        """Close our end and make sure that the process is gone. Called with the lock held."""
        if self._control is not None:
            self._control.close()
            self._control = None
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()  # its children follow: they are bound to its life
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE_S)

    def close(self) -> None:
        """End the server; a later request starts a new one."""
        with self._lock:
            self._stop()

    def forget(self) -> None:
        """In a forked copy of the owner: drop the parent's server without touching it."""
        self._lock = threading.Lock()
        if self._control is not None:
            self._control.close()
        self._control = None
        if self._process is not None:
            self._process.returncode = 0  # not ours to reap
        self._process = None


def _bare_environment() -> dict[str, str]:
    """No settings and no secrets reach the process that forks around hostile files."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        # Where compiled modules lie, if not beside their sources: compiling them takes seconds.
        **({"PYTHONPYCACHEPREFIX": sys.pycache_prefix} if sys.pycache_prefix else {}),
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


_shared = ForkServer()


def shared_server() -> ForkServer:
    """Return the one server of this process; it holds no state, so every adapter may use it."""
    return _shared


def _after_fork() -> None:
    for client in list(_clients):
        client.forget()


atexit.register(_shared.close)
os.register_at_fork(after_in_child=_after_fork)
