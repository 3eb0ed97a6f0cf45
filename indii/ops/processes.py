"""Linux facts about processes: parent-death signals, sub-reapers, descendants, leftovers.

`/proc` is read directly: it is the kernel's own word, needs no package, and a process that
vanishes between two reads simply is not there.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from indii.ops.errors import OpsError

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LIBC = ctypes.CDLL(None, use_errno=True)

MARK = "INDII_SUPERVISED"
"""Environment variable that every supervised process and its descendants carry."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a process runs as."""

    uid: int
    gid: int

    @property
    def name(self) -> str:
        """The login name, or the number where the system has no name for it."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)

    @classmethod
    def mine(cls) -> Identity:
        """Whoever runs this process."""
        return cls(os.geteuid(), os.getegid())


def become_subreaper() -> None:
    """Orphans among this process's descendants become its children instead of init's."""
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent(death_signal: int, parent: int) -> None:
    """Ask the kernel for `death_signal` when `parent` dies.

    The parent may have died before the request was made; then the signal is sent here.
    """
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), death_signal)


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    identity: Identity | None = None,
    death_signal: int = signal.SIGKILL,
    output: int | IO[bytes] = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own that the kernel ends together with this process.

    Call it from the main thread: the kernel watches the *thread* that forked.
    """
    parent = os.getpid()
    switch = identity is not None and identity.uid != os.geteuid()
    try:
        return subprocess.Popen(
            list(argv),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # runs after the change of user, which would clear the parent-death signal
            preexec_fn=lambda: die_with_parent(death_signal, parent),  # noqa: PLW1509 - prctl only
            user=identity.uid if switch and identity else None,
            group=identity.gid if switch and identity else None,
            extra_groups=[] if switch else None,
        )
    except OSError as error:
        raise OpsError(f"{argv[0]} could not be started: {error.strerror or error}.") from error


def kill_group(pgid: int, number: int = signal.SIGKILL) -> None:
    """Signal a whole process group; a group that is gone is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pgid, number)


def parents() -> dict[int, int]:
    """Parent by pid, for every process that is alive (zombies are left out)."""
    found: dict[int, int] = {}
    for pid in all_pids():
        fields = _stat(pid)
        if fields is not None and fields[0] not in "ZX":
            found[pid] = int(fields[1])
    return found


def all_pids() -> list[int]:
    """Every pid in this namespace."""
    return [int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()]


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat after the name: state, ppid, pgrp, session, ..."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def descendants(root: int) -> list[int]:
    """All living descendants of `root`, nearest first."""
    children: dict[int, list[int]] = {}
    for pid, parent in parents().items():
        children.setdefault(parent, []).append(pid)
    found: list[int] = []
    queue = list(children.get(root, ()))
    while queue:
        pid = queue.pop(0)
        found.append(pid)
        queue.extend(children.get(pid, ()))
    return found


def is_alive(pid: int) -> bool:
    """Whether a process runs under this pid (a zombie does not)."""
    fields = _stat(pid)
    return fields is not None and fields[0] not in "ZX"


def command_of(pid: int) -> str:
    """How a process calls itself, shortened; empty where that cannot be read."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        name = raw.replace(b"\0", b" ").decode(errors="replace").strip()
        return (name or Path(f"/proc/{pid}/comm").read_text().strip())[:80]
    except OSError:
        return ""


def parent_is_make() -> bool:
    """Whether `make` started this process; killing make with -9 should then end us too."""
    try:
        return Path(f"/proc/{os.getppid()}/comm").read_text().strip() in {"make", "gmake"}
    except OSError:
        return False


def marked(value: str) -> Iterator[int]:
    """Pids whose environment carries MARK=value, whoever their parents are by now."""
    needle = f"{MARK}={value}".encode()
    for pid in all_pids():
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if needle in environment.split(b"\0"):
            yield pid


def working_in(folder: Path, program: str) -> Iterator[int]:
    """Pids of a program whose working directory is `folder`: how the server of a folder is known.

    The program counts too, or a person's shell that stands in the folder would be ended.
    """
    wanted = os.path.realpath(folder)
    for pid in all_pids():
        with contextlib.suppress(OSError):
            if str(Path(f"/proc/{pid}/cwd").readlink()) != wanted:
                continue
            if Path(f"/proc/{pid}/exe").readlink().name.split(" ")[0] == program:
                yield pid


def end(
    find: Callable[[], Collection[int]],
    *,
    first: int = signal.SIGTERM,
    grace_s: float = 5.0,
    adopted: bool = False,
) -> int:
    """Ask every process that `find` names to end, then force it; returns how many there were.

    `find` is asked again each round, because processes fork while they are being stopped.
    `adopted`: they are orphans that this process, as their sub-reaper, has to collect.
    """
    targets = _living(find, adopted=adopted)
    count = len(targets)
    asked: set[int] = set()
    deadline = time.monotonic() + grace_s
    last = deadline + 2.0
    while targets and time.monotonic() < last:
        patient = time.monotonic() < deadline
        for pid in targets - asked if patient else targets:
            send(pid, first if patient else signal.SIGKILL)
        asked |= targets
        time.sleep(0.03)
        targets = _living(find, adopted=adopted)
    return count


def _living(find: Callable[[], Collection[int]], *, adopted: bool) -> set[int]:
    if adopted:
        reap_adopted()
    return {pid for pid in find() if is_alive(pid)}


def reap_adopted(known: Collection[int] = ()) -> None:
    """Collect dead children that no Popen waits for (orphans adopted as sub-reaper)."""
    while True:
        try:
            dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if dead is None or dead.si_pid in known:
            return
        with contextlib.suppress(ChildProcessError):
            os.waitpid(dead.si_pid, os.WNOHANG)


def send(pid: int, number: int) -> None:
    """Signal a process; one that is gone is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
