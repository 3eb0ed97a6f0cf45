"""The fork server: loads FFmpeg and numpy once, then forks a fresh child for every file.

Its single thread never touches untrusted bytes. It ends when its owner is gone.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any, Final

from indii.adapters.audio.pyav import child, wire

OWNER_CHECK_S: Final = 2.0


@dataclass(slots=True)
class Job:
    """One running child, the end its caller listens on, and when it must be over."""

    pid: int
    pidfd: int
    reply: int
    deadline: float
    timed_out: bool = False


class Server:
    """Fork on request, reap, enforce wall time, tell each caller how its child ended."""

    def __init__(self, control: socket.socket) -> None:
        """Serve the requests that arrive on `control`."""
        self._control = control
        self._pid, self._owner = os.getpid(), os.getppid()
        self._jobs: dict[int, Job] = {}
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)

    def run(self) -> None:
        """Serve until the owner closes its end or dies, then leave no child behind."""
        try:
            while self._turn():
                pass
        finally:
            for job in self._jobs.values():
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(job.pidfd, signal.SIGKILL)
                os.waitpid(job.pid, 0)

    def _turn(self) -> bool:
        for fd, event in self._poll.poll(self._wait_ms()):
            if fd == self._control.fileno():
                if not self._accept():
                    return False
            else:
                self._noticed(fd, event)
        for job in self._jobs.values():
            if time.monotonic() > job.deadline and not job.timed_out:
                job.timed_out = True
                signal.pidfd_send_signal(job.pidfd, signal.SIGKILL)
        return os.getppid() == self._owner

    def _wait_ms(self) -> float:
        now = time.monotonic()
        nearest = min((job.deadline - now for job in self._jobs.values()), default=OWNER_CHECK_S)
        return max(10.0, min(nearest, OWNER_CHECK_S) * 1000)

    def _accept(self) -> bool:
        """Fork for one request; False when the owner has closed the control socket."""
        request, fds = wire.receive(self._control)
        if request is None:
            return False
        if request["op"] == "hello":
            wire.send(child.wire_end(fds[0]), {"ok": os.getpid()})
            return True
        reply, *files = fds
        try:
            pid = os.fork()
        except OSError as error:
            with contextlib.suppress(OSError), child.wire_end(os.dup(reply)) as end:
                wire.send(end, {"failed": error.errno})
            _close([reply, *files])
            return True
        if pid == 0:
            child.run(request, reply, files, self._pid)
        _close(files)
        job = Job(pid, os.pidfd_open(pid), reply, time.monotonic() + request["wall_s"])
        self._jobs[job.pidfd] = job
        self._poll.register(job.pidfd, select.POLLIN)
        self._poll.register(reply, 0)
        return True

    def _noticed(self, fd: int, event: int) -> None:
        """Handle the end of a child, or a caller that gave up and hung up."""
        job = self._jobs.get(fd)
        if job is not None:
            self._ended(job)
            return
        for other in self._jobs.values():
            if other.reply == fd and event & (select.POLLHUP | select.POLLERR):
                self._poll.unregister(fd)
                signal.pidfd_send_signal(other.pidfd, signal.SIGKILL)

    def _ended(self, job: Job) -> None:
        _, status, used = os.wait4(job.pid, 0)
        self._poll.unregister(job.pidfd)
        with contextlib.suppress(KeyError):
            self._poll.unregister(job.reply)
        del self._jobs[job.pidfd]
        os.close(job.pidfd)
        with contextlib.suppress(OSError), child.wire_end(job.reply) as end:
            end.setblocking(False)
            cpu_s = used.ru_utime + used.ru_stime
            wire.send(end, ending(status, timed_out=job.timed_out, cpu_s=cpu_s))


def ending(status: int, *, timed_out: bool, cpu_s: float) -> dict[str, Any]:
    """Describe how a child ended."""
    return {
        "ended": True,
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1,
        "timed_out": timed_out,
        "cpu_s": round(cpu_s, 3),
    }


def _close(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)


def main() -> None:
    """Run on the control socket whose descriptor is the first argument."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the owner decides; its end closes the socket
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # too large an output is an error, not a death
    child.warm_up()
    child.measure_mapped()
    gc.collect()
    gc.freeze()  # keeps the collector from touching, and so copying, shared pages in the children
    Server(socket.socket(fileno=int(sys.argv[1]))).run()


if __name__ == "__main__":
    main()
