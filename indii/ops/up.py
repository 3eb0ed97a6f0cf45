"""One installation from nothing to ready: which processes there are and what waits for what.

    postgres, redis -> migrate -> seed -> worker, worker-heavy, beat
                       front end (beside the former) -> web
                       sandbox of the payment network (in development, without a key)

Ready means: a first Celery task has run and /healthz answers 200.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from indii.ops import frontend, lock, ports, preflight, probes, reaper
from indii.ops.parts import Child, Part, Step
from indii.ops.postgres import DATABASE, EmbeddedPostgres
from indii.ops.progress import Terminal
from indii.ops.redis import EmbeddedRedis, command
from indii.ops.supervisor import Supervisor
from indii.settings import SANDBOX_KEY, SANDBOX_SECRET

WORKER_ALIVE = "indii:worker:alive"
"""Redis key that the worker's first task sets (`workers.app`), with the time as its value."""
LIGHT_QUEUES = "default"
HEAVY_QUEUES = "audio,embedding,slow"
QUIET = ("--without-gossip", "--without-mingle", "--loglevel=INFO")


@dataclass(frozen=True, slots=True)
class Installation:
    """All that has to be known to bring one installation up."""

    root: Path
    """The checkout: where `indii`, `alembic.ini` and `rxconfig.py` lie."""
    state_dir: Path
    host: str = "127.0.0.1"
    port: int = 3000
    database_url: str | None = None
    """None: the embedded Postgres."""
    redis_url: str | None = None
    """None: the embedded Redis."""
    web_processes: int = 1
    worker_processes: int = 2
    seed: Sequence[str] = ()
    """Command that fills an empty installation; run once a database."""
    ready_lines: Sequence[str] = ()
    """Printed under the address when everything runs: logins, where mail lands."""
    url: str = ""
    """The address people open; http://localhost:PORT where it is empty."""
    has_sandbox: bool = False
    """Run the local stand-in for the payment network, in a database of its own."""
    dev: bool = False
    """Hot reload instead of an exported front end."""
    fast: bool = False
    """Embedded servers without durability: tests only."""
    env: Mapping[str, str] = field(default_factory=dict)


def run(installation: Installation) -> int:
    """Bring an installation up and keep it up until a stop signal; the exit code.

    Raises: OpsError when it cannot even begin, with one line that says why.
    """
    state_dir = installation.state_dir.resolve()
    embedded = not (installation.database_url and installation.redis_url)
    preflight.check_python()
    preflight.check_machine(embedded=embedded)
    builds = not installation.dev and frontend.published(installation.root, state_dir) is None
    preflight.check_state_dir(state_dir, builds=builds)
    held = lock.acquire(state_dir)
    try:
        preflight.check_port(installation.host, installation.port)
        return reaper.run_under_reaper(lambda alone: _Up(installation, state_dir).run(alone))
    finally:
        held.release()


class _Up:
    """The inner process's work: servers, steps, children, and the word that all is ready."""

    def __init__(self, installation: Installation, state_dir: Path) -> None:
        self._it = installation
        self._state = state_dir
        self._terminal = Terminal()
        self._postgres: EmbeddedPostgres | None = None
        self._frontend = Path()
        self._database_url = installation.database_url or ""
        self._redis_url = installation.redis_url or ""
        self._started = ""
        self._stripe_port, self._sandbox_dsn = 0, ""

    def run(self, alone: Callable[[], bool]) -> int:
        self._terminal.say(f"Indii is starting; logs are in {self._state / 'log'}")
        reaper.sweep(str(self._state))
        servers = self._servers()
        self._note_services()
        self._clean()
        supervisor = Supervisor(
            [*servers, *self._steps(), *self._children()],
            log_dir=self._state / "log",
            mark=str(self._state),
            terminal=self._terminal,
            env={**os.environ, **self._env()},
            gate=self._gate,
            on_ready=self._say_ready,
            hurry_when=alone,
        )
        return supervisor.run()

    # ------------------------------------------------------------------ before anything runs

    def _servers(self) -> list[Part]:
        found: list[Part] = []
        if not self._it.database_url:
            self._postgres = EmbeddedPostgres(self._state, fast=self._it.fast)
            found.append(self._postgres.child())
            self._database_url = self._postgres.dsn()
        if not self._it.redis_url:
            redis = EmbeddedRedis(self._state, fast=self._it.fast)
            found.append(redis.child())
            self._redis_url = f"{redis.url}/0"
        return found

    def _note_services(self) -> None:
        """Let other commands of this installation find its servers."""
        file = self._state / "services.json"
        half = file.with_suffix(".new")
        half.touch(mode=0o600)
        facts = {"database_url": self._database_url, "redis_url": self._redis_url}
        if self._postgres and self._it.has_sandbox:
            self._sandbox_dsn = self._postgres.dsn("indii_sandbox")
            self._stripe_port = ports.kept_port(self._state / "stripe-port")
            facts["stripe_url"] = f"http://localhost:{self._stripe_port}"
        half.write_text(json.dumps(facts))
        half.replace(file)

    def _clean(self) -> None:
        """Forget what belonged to the processes of the last run."""
        shutil.rmtree(self._state / "metrics", ignore_errors=True)
        (self._state / "metrics").mkdir()
        shutil.rmtree(self._state / "beat", ignore_errors=True)
        (self._state / "beat").mkdir()

    def _env(self) -> dict[str, str]:
        bin_dir = Path(sys.executable).parent
        return {
            "PATH": f"{bin_dir}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONUNBUFFERED": "1",
            "INDII_DATABASE_URL": self._database_url,
            "INDII_REDIS_URL": self._redis_url,
            "INDII_STATE_DIR": str(self._state),
            "INDII_HOST": self._it.host,
            "INDII_PORT": str(self._it.port),
            "PROMETHEUS_MULTIPROC_DIR": str(self._state / "metrics"),
            "REFLEX_STATES_WORKDIR": str(self._state / "states"),
            "REFLEX_REDIS_URL": self._redis_url,
            "REFLEX_TELEMETRY_ENABLED": "false",
            "REFLEX_CHECK_LATEST_VERSION": "false",
            **self._it.env,
        }

    # ------------------------------------------------------------------ steps

    def _steps(self) -> list[Part]:
        seed = [self._seed()] if self._it.seed else []
        return [self._migrate(), *seed, *([] if self._it.dev else [self._build()])]

    def _migrate(self) -> Step:
        heads = migration_heads(self._it.root / "alembic" / "versions")
        return Step(
            name="migrate",
            label="Migrating the database",
            argv=[sys.executable, "-m", "alembic", "upgrade", "head"],
            cwd=self._it.root,
            after=tuple(name for name, url in self._outside().items() if not url),
            unless=lambda: bool(heads) and self._migrated_to() == heads,
        )

    def _outside(self) -> dict[str, str | None]:
        return {"postgres": self._it.database_url, "redis": self._it.redis_url}

    def _seed(self) -> Step:
        return Step(
            name="seed",
            label="Seeding the demo catalogue",
            argv=self._it.seed,
            cwd=self._it.root,
            after=("migrate",),
            unless=self._is_seeded,
            once_done=self._note_seeded,
        )

    def _build(self) -> Step:
        build = [sys.executable, "-m", "indii.ops.frontend"]
        return Step(
            name="frontend",
            label="Building the front end",
            argv=[*build, str(self._it.root), str(self._state)],
            cwd=self._it.root,
            unless=self._has_frontend,
            once_done=self._note_frontend,
        )

    def _migrated_to(self) -> set[str]:
        """Return the migrations the embedded database stands at; empty when that is unknown."""
        if self._postgres is None:
            return set()
        asked = self._postgres.sql(
            "SELECT to_regclass('alembic_version') IS NULL AS fresh \\gset\n"
            "\\if :fresh\n\\quit\n\\endif\nSELECT version_num FROM alembic_version",
            database=DATABASE,
        )
        return set(asked.split())

    def _seeded_note(self) -> Path | None:
        """Where the fact is kept: with the data it speaks about, so that it goes with them."""
        return self._postgres.place.root / "seeded" if self._postgres is not None else None

    def _is_seeded(self) -> bool:
        note = self._seeded_note()
        return note is not None and note.exists()

    def _note_seeded(self, _said: str) -> None:
        if note := self._seeded_note():
            note.touch()

    def _has_frontend(self) -> bool:
        found = frontend.published(self._it.root, self._state)
        self._frontend = found or self._frontend
        return found is not None

    def _note_frontend(self, said: str) -> None:
        """Serve what was built, even when the sources have changed meanwhile."""
        self._frontend = Path(said)

    # ------------------------------------------------------------------ children

    def _children(self) -> list[Part]:
        web = self._dev_web() if self._it.dev else self._web()
        sandbox = [self._sandbox()] if self._sandbox_dsn else []
        return [web, self._light_worker(), self._heavy_worker(), self._beat(), *sandbox]

    def _sandbox(self) -> Child:
        """Return the local Stripe: money that is none, over the same wire as the real one."""
        port = self._stripe_port
        return Child(
            name="stripe-sandbox",
            argv=[
                *(sys.executable, "-m", "sandbox.stripe"),
                *("--host", self._it.host, "--port", str(port)),
            ],
            env={
                "SANDBOX_DATABASE_URL": self._sandbox_dsn,
                "SANDBOX_PUBLIC_URL": f"http://localhost:{port}",
                "SANDBOX_API_KEY": SANDBOX_KEY,
                "SANDBOX_WEBHOOK_URL": f"http://127.0.0.1:{self._it.port}/webhooks/stripe",
                "SANDBOX_WEBHOOK_SECRET": SANDBOX_SECRET,
            },
            cwd=self._it.root,
            after=("worker",),  # nobody pays before anything can be seen
            ready=lambda: probes.http_get(self._it.host, port, "/healthz") is not None,
        )

    def _light_worker(self) -> Child:
        """Return the worker for sweeps and small tasks, which never wait behind audio."""
        light = ("-n", "light@%h", "-Q", LIGHT_QUEUES, "-P", "solo")
        return Child(
            name="worker",
            argv=self._celery("workers.app", "worker", *light, *QUIET),
            cwd=self._it.root,
            after=self._data_ready(),
            before=self._forget_worker,
            ready=lambda: command(self._redis_url, "GET", WORKER_ALIVE) is not None,
            ready_within_s=90.0,
            death_signal=signal.SIGKILL,  # its pool notices and ends; jobs have leases
        )

    def _heavy_worker(self) -> Child:
        """Return the worker for audio; a job it is cut off from is taken up when its lease ends."""
        heavy = ("-n", "heavy@%h", "-Q", HEAVY_QUEUES, "-c", str(self._it.worker_processes))
        return Child(
            name="worker-heavy",
            argv=self._celery("workers.app", "worker", *heavy, *QUIET),
            cwd=self._it.root,
            after=("worker",),  # until all is ready, the cores belong to what ready waits for
            death_signal=signal.SIGKILL,  # its pool notices and ends; jobs have leases
        )

    def _beat(self) -> Child:
        schedule = str(self._state / "beat" / "schedule")
        return Child(
            name="beat",
            argv=self._celery("workers.clock", "beat", "-s", schedule, "--pidfile="),
            cwd=self._it.root,
            after=self._data_ready(),
            stop_within_s=5.0,
        )

    def _celery(self, app: str, *words: str) -> list[str]:
        return self._reloading([sys.executable, "-m", "celery", "-A", app, *words])

    def _data_ready(self) -> tuple[str, ...]:
        return ("seed",) if self._it.seed else ("migrate",)

    def _forget_worker(self) -> None:
        command(self._redis_url, "DEL", WORKER_ALIVE)

    def _web(self) -> Child:
        return Child(
            name="web",
            argv=[
                *(sys.executable, "-m", "granian", "--interface", "asgi", "--factory"),
                *("--host", self._it.host, "--port", str(self._it.port)),
                *("--workers", str(self._it.web_processes)),
                *("--respawn-failed-workers", "--workers-kill-timeout", "8"),
                "indii.app:app",
            ],
            late_env=lambda: frontend.serve_env(self._frontend),
            cwd=self._it.root,
            after=("frontend", "migrate"),
            ready=self._answers,
            alive=self._answers,
            stop_within_s=12.0,
        )

    def _dev_web(self) -> Child:
        return Child(
            name="web",
            argv=[
                *(sys.executable, "-m", "reflex", "run", "--env", "dev"),
                *("--frontend-port", str(self._it.port)),
                *("--backend-port", str(ports.kept_port(self._state / "dev-port"))),
            ],
            env={"REFLEX_USE_NPM": "1", "REFLEX_ENV_MODE": "dev"},
            cwd=self._it.root,
            after=("migrate",),
            ready=self._answers,
            ready_within_s=300.0,
            stop_signal=signal.SIGINT,
            loud=re.compile(rb"(?i)\b(error|traceback)\b"),
        )

    def _reloading(self, argv: list[str]) -> list[str]:
        """Return the command itself; in development one that starts again when a source changes."""
        if not self._it.dev:
            return argv
        watch = [sys.executable, "-m", "watchfiles", "--filter", "python", "--sigint-timeout", "5"]
        return [*watch, shlex.join(argv), "indii", "workers"]

    def _answers(self) -> bool:
        return probes.http_get(self._it.host, self._it.port, "/ping") is not None

    # ------------------------------------------------------------------ ready

    def _gate(self) -> str | None:
        if self._it.dev:
            return None
        answer = probes.http_get(self._it.host, self._it.port, "/healthz")
        if answer is None:
            return "it does not answer"
        status, text = answer
        return None if status == 200 else f"{status} {text[:200]}"

    def _say_ready(self) -> None:
        say = self._terminal.say
        say()
        say(self._terminal.bold(f"  Indii is ready: {self._it.url or self._default_url()}"))
        for line in self._it.ready_lines:
            say(f"  {line}")
        say("  Ctrl-C stops it.")
        say()

    def _default_url(self) -> str:
        return f"http://localhost:{self._it.port}"


def migration_heads(versions: Path) -> set[str]:
    """Return the newest migrations in a folder, read without running them; empty when in doubt."""
    known: set[str] = set()
    followed: set[str] = set()
    for file in versions.glob("*.py"):
        text = file.read_text()
        revision = re.search(r"^revision(?:: [^=]+)? = [\"']([^\"']+)[\"']", text, re.MULTILINE)
        before = re.search(r"^down_revision(?:: [^=]+)? = (.+)$", text, re.MULTILINE)
        if revision is None or before is None:
            return set()
        known.add(revision.group(1))
        followed.update(re.findall(r"[\"']([^\"']+)[\"']", before.group(1)))
    return known - followed
