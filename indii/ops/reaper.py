"""Two processes that hold each other, so that killing either leaves nothing behind.

The outer one (the process that `make up` became) owns the terminal and waits. The inner one runs
the supervisor in a session of its own.

- inner killed with -9: its direct children get the kernel's parent-death signal, deeper ones are
  adopted by the outer process, which ends them all and starts the inner one again;
- outer killed with -9: the inner one gets SIGTERM from the kernel and stops everything quickly;
- both killed at once: direct children get their parent-death signals and end their own; what
  still survives is found by its mark at the next start (`sweep`).
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable

from indii.ops import processes
from indii.ops.errors import OpsError
from indii.ops.progress import Terminal

ORPHAN_GRACE_S = 5.0
RESTARTS = 3
IMPATIENT = 4
"""The stop signal that ends the inner process at once."""
RESTART_WINDOW_S = 60.0


def run_under_reaper(
    main: Callable[[Callable[[], bool]], int], terminal: Terminal | None = None
) -> int:
    """Run `main` in an inner process and return its exit code; no descendant survives.

    `main` receives a probe that turns true when the outer process has died.
    """
    terminal = terminal or Terminal()
    processes.become_subreaper()
    if processes.parent_is_make():
        processes.die_with_parent(signal.SIGTERM, os.getppid())
    inner = _Inner()
    inner.listen()
    restarts: list[float] = []
    while True:
        code = inner.run(main)
        processes.end(
            lambda: processes.descendants(os.getpid()), grace_s=ORPHAN_GRACE_S, adopted=True
        )
        if code >= 0 or inner.stop_asked:
            return max(code, 0) if inner.stop_asked else code
        now = time.monotonic()
        restarts = [at for at in restarts if now - at < RESTART_WINDOW_S] + [now]
        if len(restarts) > RESTARTS:
            terminal.warn("The supervisor keeps being killed; giving up.")
            return 1
        terminal.warn(f"The supervisor was killed (signal {-code}); starting everything again.")


class _Inner:
    """The forked supervisor, as its keeper sees it."""

    def __init__(self) -> None:
        self._asked = 0
        self._pid = 0
        self._wanted: list[signal.Signals] = []

    def listen(self) -> None:
        """Pass stop signals on to the inner process."""
        self._wanted = [signal.SIGTERM, signal.SIGINT]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asked us to live on
            self._wanted.append(signal.SIGHUP)
        for number in self._wanted:
            signal.signal(number, self._pass_on)

    def _pass_on(self, _number: int, _frame: object) -> None:
        self._asked += 1
        if self._pid:
            patient = self._asked < IMPATIENT
            processes.send(self._pid, signal.SIGTERM if patient else signal.SIGKILL)

    @property
    def stop_asked(self) -> bool:
        """Whether a stop signal has arrived."""
        return self._asked > 0

    def run(self, main: Callable[[Callable[[], bool]], int]) -> int:
        """Fork, run `main` there, wait; a negative code is the signal that killed it."""
        outer = os.getpid()
        # a signal between the fork and the next lines must reach neither wrong handler
        signal.pthread_sigmask(signal.SIG_BLOCK, self._wanted)
        self._pid = os.fork()
        if self._pid == 0:
            os._exit(self._inside(main, outer))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, self._wanted)
        if self.stop_asked:
            processes.send(self._pid, signal.SIGTERM)
        while True:
            dead, status = os.waitpid(-1, 0)  # also collects adopted orphans
            if dead == self._pid:
                self._pid = 0
                return os.waitstatus_to_exitcode(status)

    def _inside(self, main: Callable[[Callable[[], bool]], int], outer: int) -> int:
        try:
            os.setsid()  # Ctrl-C goes to the outer process only, which passes it on once
            for number in self._wanted:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._wanted)
            processes.die_with_parent(signal.SIGTERM, outer)
            return main(lambda: os.getppid() != outer)
        except OpsError as error:
            Terminal().warn(str(error))
            return 1
        except BaseException:  # noqa: BLE001 - a fork must never return into its parent's code
            traceback.print_exc()
            return 70
        finally:
            sys.stdout.flush()
            sys.stderr.flush()


def sweep(mark: str) -> int:
    """End what an earlier, killed supervisor with this mark left; returns how many there were.

    Servers that overwrite their environment are found by their folders instead, by themselves.
    """
    return processes.end(lambda: set(processes.marked(mark)) - {os.getpid()}, grace_s=3.0)
