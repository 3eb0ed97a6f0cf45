"""What the supervisor is told: processes that stay, programs that run once, and their order."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from indii.ops.processes import Identity

Probe = Callable[[], bool]

LOUD = re.compile(rb"\b(ERROR|CRITICAL|FATAL|PANIC)\b|^Traceback ")
"""Lines of a child that also belong on the terminal."""


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Child:
    """A process that must run for as long as the installation does."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    identity: Identity | None = None
    after: tuple[str, ...] = ()
    late_env: Callable[[], Mapping[str, str]] = dict
    """More environment, asked for at every start, for what is not known before."""
    before: Callable[[], None] | None = None
    """Called before every start: remove what a killed predecessor left."""
    ready: Probe = _always
    ready_within_s: float = 60.0
    once_ready: Callable[[], None] | None = None
    """Called after every start, when `ready` is true, before dependants start."""
    alive: Probe | None = None
    """Asked every `alive_every_s`; a child that fails it MISSES times in a row is restarted."""
    alive_every_s: float = 10.0
    stop_signal: int = signal.SIGTERM
    stop_within_s: float = 10.0
    death_signal: int = signal.SIGTERM
    loud: re.Pattern[bytes] = LOUD


@dataclass(frozen=True, slots=True)
class Step:
    """A program that must end well once; its last line of output is shown as progress."""

    name: str
    label: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    after: tuple[str, ...] = ()
    unless: Probe | None = None
    """Asked when the step's turn has come; true means that there is nothing to do."""
    once_done: Callable[[str], None] | None = None
    """Called with the step's last line of output when it has ended well."""


Part = Child | Step
