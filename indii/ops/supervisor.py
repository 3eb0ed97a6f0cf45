"""Starts processes in order, keeps them running, stops them in reverse order, leaves nothing.

One thread, one loop: it forks, reads output, asks probes and handles signals in turn. Being the
only thread matters, because the kernel's parent-death signal follows the thread that forked.
The loop itself may be killed with -9: `indii.ops.reaper` holds it from outside.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from indii.ops import processes
from indii.ops.errors import OpsError
from indii.ops.parts import Child, Part, Probe, Step
from indii.ops.progress import Terminal, seconds
from indii.ops.running import ProcessStatus, Running

TICK_S = 0.1
GIVE_UP_AFTER = 3
STEADY_S = 30.0
MAX_BACKOFF_S = 30.0
HURRY_S = 3.0
MISSES = 6


class Supervisor:
    """Runs children and steps until a signal arrives or the start fails.

    `gate` is asked when every step is done and every child has been ready: None lets `on_ready`
    be called (once), a text says what is still wrong.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        log_dir: Path,
        mark: str,
        terminal: Terminal | None = None,
        env: Mapping[str, str] | None = None,
        gate: Callable[[], str | None] = lambda: None,
        gate_within_s: float = 60.0,
        on_ready: Callable[[], None] | None = None,
        hurry_when: Probe = lambda: False,
    ) -> None:
        self._terminal = terminal or Terminal()
        base = {**(os.environ if env is None else env), processes.MARK: mark}
        self._running = {part.name: Running(part, log_dir, base) for part in parts}
        for part in parts:
            missing = set(part.after) - self._running.keys()
            if missing:
                raise ValueError(f"{part.name} waits for unknown {sorted(missing)}")
        self._gate = gate
        self._gate_within_s = gate_within_s
        self._gate_since: float | None = None
        self._on_ready = on_ready
        self._hurry_when = hurry_when
        self._announced = False
        self._stopping = False
        self._hurry = False
        self._code = 0
        self._signals: list[int] = []
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Run until stopped; 0 after a requested stop, 1 when the start failed."""
        processes.become_subreaper()
        with self._listening():
            while True:
                self._obey()
                self._reap()
                if not self._stopping:
                    self._advance()
                elif self._stop_next():
                    break
                self._read(TICK_S)
        processes.end(lambda: processes.descendants(os.getpid()), grace_s=0, adopted=True)
        for running in self._running.values():
            running.close(self._selector)
        self._selector.close()
        return self._code

    def stop(self, code: int = 0) -> None:
        """Begin to stop; `run` returns `code` when everything has ended. Asked twice: hurry."""
        if self._stopping:
            self._hurry = True
        else:
            self._stopping = True
            self._code = code
            self._terminal.live("")

    # ------------------------------------------------------------------ signals

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        inbox, outbox = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        wanted = [signal.SIGTERM, signal.SIGINT]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asked us to live on
            wanted.append(signal.SIGHUP)
        before = {number: signal.getsignal(number) for number in [*wanted, signal.SIGCHLD]}
        for number in wanted:
            signal.signal(number, lambda number, _frame: self._signals.append(number))
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        previous = signal.set_wakeup_fd(outbox, warn_on_full_buffer=False)
        self._selector.register(inbox, selectors.EVENT_READ)
        try:
            yield
        finally:
            signal.set_wakeup_fd(previous)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._selector.unregister(inbox)
            os.close(inbox)
            os.close(outbox)

    def _obey(self) -> None:
        while self._signals:
            self._signals.pop()
            if not self._stopping:
                self._terminal.say("Stopping ...")
            self.stop()
        if self._stopping and self._hurry_when():
            self._hurry = True

    # ------------------------------------------------------------------ start and watch

    def _advance(self) -> None:
        now = time.monotonic()
        for running in self._running.values():
            try:
                self._advance_one(running, now)
            except OpsError as error:
                if not self._announced:
                    self._fail(str(error))
                    return
                # a running site outlives trouble with one part: try again
                self._terminal.warn(str(error))
                running.kill()
                running.not_before = now + MAX_BACKOFF_S
        if not self._announced:
            self._show_progress(now)
            if all(running.ever_ready for running in self._running.values()):
                self._pass_gate(now)

    def _pass_gate(self, now: float) -> None:
        self._gate_since = self._gate_since or now
        wrong = self._gate()
        if wrong is None:
            self._announced = True
            self._terminal.live("")
            if self._on_ready is not None:
                self._on_ready()
        elif now - self._gate_since > self._gate_within_s:
            self._fail(f"Everything runs, but the site is not healthy: {wrong}")

    def _advance_one(self, running: Running, now: float) -> None:
        part = running.part
        if running.state is ProcessStatus.WAITING and now >= running.not_before:
            if all(self._running[name].satisfied for name in part.after):
                self._begin(running)
        elif isinstance(part, Child) and running.state is ProcessStatus.STARTING:
            self._welcome(running, part, now)
        elif isinstance(part, Child) and running.state is ProcessStatus.READY:
            self._check(running, part, now)

    def _begin(self, running: Running) -> None:
        part = running.part
        if isinstance(part, Child):
            if part.before is not None:
                part.before()
        elif part.unless is not None and part.unless():
            running.became_ready()
            running.state = ProcessStatus.DONE
            return
        running.start(self._selector)

    def _welcome(self, running: Running, part: Child, now: float) -> None:
        if part.ready():
            if part.once_ready is not None:
                part.once_ready()
            running.became_ready()
        elif now - running.started_at > part.ready_within_s:
            self._unhealthy(running, f"did not answer within {part.ready_within_s:.0f} s")

    def _check(self, running: Running, part: Child, now: float) -> None:
        if part.alive is None or now < running.next_alive:
            return
        running.next_alive = now + part.alive_every_s
        running.misses = 0 if part.alive() else running.misses + 1
        if running.misses >= MISSES:
            self._unhealthy(running, "stopped answering")

    def _unhealthy(self, running: Running, why: str) -> None:
        self._terminal.warn(f"{running.part.name} {why}; it is being restarted.")
        running.kill()

    def _show_progress(self, now: float) -> None:
        parts = [
            f"{running.part.label} {seconds(now - running.started_at)}"
            + (f" · {running.last_line}" if running.last_line else "")
            for running in self._running.values()
            if isinstance(running.part, Step) and running.state is ProcessStatus.STARTING
        ]
        waiting = [
            running.part.name
            for running in self._running.values()
            if isinstance(running.part, Child) and running.state is ProcessStatus.STARTING
        ]
        if waiting and not parts:
            parts = [f"Starting {', '.join(waiting)} ..."]
        self._terminal.live("  " + "   ".join(parts) if parts else "")

    # ------------------------------------------------------------------ exits

    def _reap(self) -> None:
        for running in self._running.values():
            code = running.poll()
            if code is not None:
                self._ended(running, code)
        known = {running.pid for running in self._running.values() if running.pid}
        processes.reap_adopted(known)

    def _ended(self, running: Running, code: int) -> None:
        processes.kill_group(running.last_pid)  # its own children must not outlive it
        self._kill_strays()
        running.drain(self._selector, self._loud)
        part = running.part
        if self._stopping:
            running.state = ProcessStatus.STOPPED
        elif isinstance(part, Step):
            self._step_ended(running, part, code)
        else:
            self._restart(running, code)

    def _step_ended(self, running: Running, part: Step, code: int) -> None:
        if code == 0:
            if part.once_done is not None:
                part.once_done(running.last_line)
            running.became_ready()
            running.state = ProcessStatus.DONE
            took = seconds(time.monotonic() - running.started_at)
            self._terminal.say(f"  {part.label}: done in {took}")
            return
        running.state = ProcessStatus.STOPPED
        self._fail(f"{part.label} failed ({_how(code)}).", running)

    def _restart(self, running: Running, code: int) -> None:
        lived = time.monotonic() - running.started_at
        running.failures = 1 if lived > STEADY_S else running.failures + 1
        running.state = ProcessStatus.WAITING
        if not running.ever_ready and running.failures >= GIVE_UP_AFTER:
            self._fail(f"{running.part.name} does not start ({_how(code)}).", running)
            return
        wait = 0.0 if running.failures == 1 else min(2.0 ** (running.failures - 2), MAX_BACKOFF_S)
        running.not_before = time.monotonic() + wait
        when = f"in {seconds(wait)}" if wait else "now"
        self._terminal.warn(
            f"{running.part.name} ended ({_how(code)}) after {seconds(lived)}; restarting {when}."
        )

    def _kill_strays(self) -> None:
        """Kill adopted orphans: descendants of a dead child that had left its group."""
        mine = {running.pid for running in self._running.values()}
        me = os.getpid()
        for pid, parent in processes.parents().items():
            if parent == me and pid not in mine:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)

    def _fail(self, text: str, running: Running | None = None) -> None:
        self._terminal.live("")
        self._terminal.warn(text)
        if running is not None:
            for line in running.tail():
                self._terminal.say(f"  {running.part.name} | {line}")
            self._terminal.say(f"  The whole log: {running.log.path}")
        self.stop(1)

    # ------------------------------------------------------------------ stop

    def _stop_next(self) -> bool:
        """Stop whatever nothing living depends on; true when all is stopped."""
        now = time.monotonic()
        living = [running for running in self._running.values() if running.pid]
        needed = self._needed_by(living)
        for running in living:
            part = running.part
            if running.stop_by is None:
                if part.name in needed and not self._hurry:
                    continue
                patience = part.stop_within_s if isinstance(part, Child) else HURRY_S
                running.stop(now + patience)
            elif now > running.stop_by or (self._hurry and now > running.stopped_at + HURRY_S):
                running.kill()
        return not living

    def _needed_by(self, living: Sequence[Running]) -> set[str]:
        """Return what the living depend on, also through steps that have long ended."""
        needed: set[str] = set()
        queue = [name for running in living for name in running.part.after]
        while queue:
            name = queue.pop()
            if name not in needed:
                needed.add(name)
                queue.extend(self._running[name].part.after)
        return needed

    # ------------------------------------------------------------------ output

    def _read(self, timeout: float) -> None:
        for key, _ in self._selector.select(timeout):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    os.read(key.fd, 512)
            else:
                key.data.read(self._selector, self._loud)

    def _loud(self, running: Running, line: bytes) -> None:
        if not self._stopping and isinstance(running.part, Child):
            text = line.decode(errors="replace")
            self._terminal.say(f"{running.part.name} | {text}")


def _how(code: int) -> str:
    """Return an exit status for people."""
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"killed by signal {-code}"
