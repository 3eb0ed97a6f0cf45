"""Starts tiny installations as programs of their own, because they are going to be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indii.ops import place, processes

ROOT = Path(__file__).parents[3]
STAND = Path(__file__).with_name("stand.py")


def eventually(true: Callable[[], bool], within_s: float = 30.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.03)
    return true()


class Stand:
    """One run of `stand.py`."""

    def __init__(self, state: Path, *more: str) -> None:
        self.state = state
        self._more = more
        self.output = state.parent / f"{state.name}.out"

    def start(self) -> "Stand":
        """Start and wait until it is ready."""
        self.begin()
        assert eventually(self.is_ready, 30), self.output.read_text()
        return self

    def begin(self) -> None:
        for stale in ("ready", "stops"):
            (self.state / stale).unlink(missing_ok=True)
        with self.output.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, str(STAND), str(self.state), *self._more],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def is_ready(self) -> bool:
        return (self.state / "ready").exists()

    @property
    def inner(self) -> int:
        return int((self.state / "ready").read_text().split()[0])

    def pid(self, name: str) -> int:
        return int((self.state / "pids" / name).read_text() or 0)

    def everyone(self) -> set[int]:
        """Every process of this stand, wherever it hangs in the tree by now."""
        found = {self.process.pid, *processes.marked(str(self.state))}
        found |= set(processes.descendants(self.process.pid))
        for folder, program in (("postgres/data", "postgres"), ("redis", "redis-server")):
            if (self.state / folder).exists():
                found |= set(processes.working_in(self.state / folder, program))
        return {pid for pid in found if processes.is_alive(pid)}

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        processes.end(self.everyone, grace_s=0)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Callable[..., Stand]]:
    """A maker of stands; each is ended and removed afterwards."""
    made: list[Stand] = []

    def make(*more: str, wait: bool = True) -> Stand:
        one = Stand(tmp_path / "state", *more)
        made.append(one)
        if wait:
            one.start()
        else:
            one.begin()
        return one

    yield make
    for one in made:
        one.end()
        place.discard(one.state)
