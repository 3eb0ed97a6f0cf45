"""The real site for tests: its own servers, an exported front end, granian, workers if wanted.

`with serve(folder) as site:` brings one up on a free port and leaves nothing running. `site.rt` is
a runtime of this process on the same database, storage and Redis, so factories make people and
recordings that the served site knows.

The export is kept in `var/test-frontend` under the hash of its sources, for every suite and the
next run. INDII_TEST_FRONTEND names a front end that is served as it is.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from indii.kernel.context import Actor
from indii.kernel.runtime import Runtime
from indii.ops import frontend, processes
from indii.ops.ports import free_port
from indii.ops.postgres import embedded_postgres
from indii.ops.redis import embedded_redis
from indii.settings import SANDBOX_KEY, SANDBOX_SECRET, Settings
from tests.factories.identity import make_person, sign_in
from tests.runtime import ROOT, migrate

FRONTENDS = ROOT / "var" / "test-frontend"
SECRET = "a-secret-of-this-test-installation-only"
METRICS_TOKEN = "metrics-token-of-this-test-installation"
UP_WITHIN_S = 120.0
GONE_WITHIN_S = 10.0
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def exported_frontend(progress: Callable[[str], None] = print) -> Path:
    """The front end of the present sources, exported when nobody did yet."""
    if given := os.environ.get("INDII_TEST_FRONTEND"):
        return Path(given)
    return frontend.ensure_frontend(ROOT, FRONTENDS, progress)


@dataclass
class Person:
    """Somebody with an account and a signed-in browser."""

    name: str
    email: str
    actor: Actor
    token: str

    @property
    def cookie(self) -> str:
        """What their browser sends."""
        return f"indii_session={self.token}"


@dataclass
class Site:
    """A served installation."""

    url: str
    rt: Runtime
    config: Settings
    state_dir: Path
    database_url: str
    redis_url: str
    env: dict[str, str]
    web: subprocess.Popen[bytes] | None = None
    web_name: str = "web"
    sandbox_url: str = ""
    people: list[Person] = field(default_factory=list)
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def host(self) -> str:
        """The address without its scheme."""
        return self.url.partition("://")[2]

    @property
    def web_log(self) -> str:
        """All that the web process said so far."""
        return (self.state_dir / "log" / f"{self.web_name}.log").read_text(errors="replace")

    def person(self, name: str, roles: list[str], *, email: str = "") -> Person:
        """Somebody new, signed in with a browser of their own."""
        address = email or f"{re.sub('[^a-z]', '', name.lower())}@example.com"
        make_person(self.rt, name=name, roles=roles, email=address)
        token, actor = sign_in(self.rt, address, BROWSER)
        self.people.append(Person(name, address, actor, token))
        return self.people[-1]

    def work(self) -> None:
        """Work every event from outside and of ours and every due job, here and now."""
        from workers.queue import drain_queue
        from workers.registry import load_rooms

        load_rooms()
        drain_queue(self.rt, ["inbound", "events", "default", "audio", "embedding", "slow"])

    def series(self, prefix: str) -> dict[str, float]:
        """The web process's metrics whose lines begin so, by line."""
        request = urllib.request.Request(
            f"{self.url}/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        found = (line.rpartition(" ") for line in lines if line.startswith(prefix))
        return {name: float(value) for name, _, value in found}

    def start(self, name: str, *argv: str) -> subprocess.Popen[bytes]:
        """Start a program of the installation; its output goes to `log/<name>.log`."""
        log = self.state_dir / "log" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            made = processes.spawn(argv, env=self.env, cwd=ROOT, output=output)
        self._running.append(made)
        return made

    def stop(self, running: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> None:
        """End a program with all that it started."""
        processes.end(
            lambda: [running.pid, *processes.descendants(running.pid)],
            first=number,
            grace_s=GONE_WITHIN_S,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(2)
        if running in self._running:
            self._running.remove(running)

    @contextlib.contextmanager
    def workers(self, processes_count: int = 2) -> Iterator[list[int]]:
        """Run the real Celery workers and beat; yield the pids that do the work."""
        celery = (sys.executable, "-m", "celery", "-A", "workers.app")
        quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=INFO")
        queues, count = "default,audio,embedding,slow", str(processes_count)
        worker = self.start("worker", *celery, "worker", "-Q", queues, "-c", count, *quiet)
        schedule = str(self.state_dir / "beat")
        beat = self.start("beat", *celery, "beat", "-s", schedule, "--pidfile=")
        try:
            log = self.state_dir / "log" / "worker.log"
            wait_for(lambda: " ready." in log.read_text(errors="replace"), "the workers", worker)
            yield [pid for pid in processes.descendants(worker.pid) if _is_celery(pid)]
        finally:
            # TERM would wait for tasks; work is leased, so a quick end loses nothing.
            self.stop(beat)
            self.stop(worker, signal.SIGQUIT)

    def leftovers(self) -> list[int]:
        """Processes of this installation that still run."""
        return list(processes.marked(str(self.state_dir)))


def _is_celery(pid: int) -> bool:
    return "celery" in processes.command_of(pid)


def wait_for(
    true: Callable[[], object],
    what: str,
    running: subprocess.Popen[bytes] | None = None,
    *,
    within_s: float = UP_WITHIN_S,
) -> None:
    """Pass as soon as it is true; fail when the program ended or time is over."""
    until = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < until, f"{what} took longer than {within_s:g} s"
        assert running is None or running.poll() is None, f"{what} ended ({running.returncode})"
        time.sleep(0.05)


def _answers(url: str) -> bool:
    return _is_up(f"{url}/ping")


def _is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except (OSError, urllib.error.URLError):
        return False


@contextlib.contextmanager
def serve(
    state_dir: Path,
    *,
    pages: Path | None = None,
    with_web: bool = True,
    has_payments: bool = False,
    is_durable: bool = False,
    **changes: object,
) -> Iterator[Site]:
    """Bring an installation up; all of it is gone on leaving.

    `pages` is an exported front end, `changes` are settings by their names; with payments the
    local Stripe runs beside it, in a database of its own. A durable one waits for the disk.
    """
    state_dir = state_dir.resolve()
    state_dir.mkdir(parents=True, exist_ok=True)
    with (
        embedded_postgres(state_dir, fast=not is_durable, keep=False) as dsn,
        embedded_redis(state_dir, fast=True) as redis,
    ):
        migrate(dsn)
        stripe_port = free_port() if has_payments else 0
        if has_payments:
            changes = _sandboxed(stripe_port) | changes
        site = _installed(state_dir, dsn, f"{redis}/0", pages, changes)
        try:
            if has_payments:
                start_sandbox(site, dsn, stripe_port)
            if with_web:
                start_web(site)
            yield site
        finally:
            for running in reversed(list(site._running)):
                site.stop(running)
            site.rt.engine.dispose()
    left = site.leftovers()
    assert not left, [processes.command_of(pid) for pid in left]
    shutil.rmtree(state_dir, ignore_errors=True)


def _installed(
    state_dir: Path, dsn: str, redis: str, pages: Path | None, changes: dict[str, object]
) -> Site:
    from indii.bootstrap import make_runtime

    port = free_port()
    values: dict[str, object] = {
        "environment": "test",
        "host": "127.0.0.1",
        "port": port,
        "public_url": f"http://localhost:{port}",
        "database_url": dsn,
        "redis_url": redis,
        "state_dir": str(state_dir),
        "secret_key": SECRET,
        "metrics_token": METRICS_TOKEN,
        "log_json": True,
        "contact": "people@example.com",
        # What a developer's own .env may say is none of our business.
        "s3_bucket": "",
        "smtp_host": "",
        "trusted_proxy_hops": 0,
        **changes,
    }
    config = Settings(_env_file=None, **values)  # type: ignore[call-arg, arg-type]
    return Site(
        url=f"http://127.0.0.1:{port}",
        rt=make_runtime(config, pool_size=8),
        config=config,
        state_dir=state_dir,
        database_url=dsn,
        redis_url=redis,
        env=_environment(state_dir, redis, values, pages),
    )


def _environment(
    state_dir: Path, redis: str, values: dict[str, object], pages: Path | None
) -> dict[str, str]:
    for name in ("metrics", "tmp"):
        (state_dir / name).mkdir(exist_ok=True)
    served = frontend.serve_env(pages or state_dir / "no-pages")
    if pages is None:
        served["__REFLEX_MOUNT_FRONTEND_COMPILED_APP"] = "0"
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("INDII_")},
        **{f"INDII_{name.upper()}": _text(value) for name, value in values.items()},
        **served,
        processes.MARK: str(state_dir),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PROMETHEUS_MULTIPROC_DIR": str(state_dir / "metrics"),
        # What lies about when a test is over must be ours.
        "TMPDIR": str(state_dir / "tmp"),
        "REFLEX_STATES_WORKDIR": str(state_dir / "states"),
        "REFLEX_REDIS_URL": redis,
    }


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sandboxed(port: int) -> dict[str, object]:
    return {
        "stripe_key": SANDBOX_KEY,
        "stripe_webhook_secret": SANDBOX_SECRET,
        "stripe_base_url": f"http://localhost:{port}",
    }


def start_sandbox(site: Site, dsn: str, port: int) -> None:
    """Start the local Stripe, which tells the site what happens."""
    site.sandbox_url = f"http://localhost:{port}"
    site.env |= {
        "SANDBOX_DATABASE_URL": dsn.replace("/indii?", "/indii_sandbox?"),
        "SANDBOX_PUBLIC_URL": site.sandbox_url,
        "SANDBOX_WEBHOOK_URL": f"{site.url}/webhooks/stripe",
        "SANDBOX_WEBHOOK_SECRET": SANDBOX_SECRET,
    }
    argv = (sys.executable, "-m", "sandbox.stripe", "--host", "127.0.0.1", "--port", str(port))
    running = site.start("stripe-sandbox", *argv)
    wait_for(lambda: _is_up(f"{site.sandbox_url}/healthz"), "the local Stripe", running)


def start_web(site: Site) -> None:
    """Start granian as `indii up` does and wait until it answers."""
    site.web = _granian(site, site.web_name, site.config.port)


def start_second_web(site: Site) -> str:
    """Start one more web process of the same site, as behind a balancer; return its address."""
    port = free_port()
    _granian(site, f"{site.web_name}-{port}", port)
    return f"http://127.0.0.1:{port}"


def _granian(site: Site, name: str, port: int) -> subprocess.Popen[bytes]:
    started = site.start(
        name,
        *(sys.executable, "-m", "granian", "--interface", "asgi", "--factory"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--workers-kill-timeout", "4", "indii.app:app"),
    )
    try:
        wait_for(lambda: _answers(f"http://127.0.0.1:{port}"), "the web process", started)
    except AssertionError:
        print((site.state_dir / "log" / f"{name}.log").read_text(errors="replace")[-4000:])
        raise
    return started


@contextlib.contextmanager
def serve_beside(site: Site, **changes: object) -> Iterator[Site]:
    """Serve the same database and folder once more, with other settings."""
    pages = Path(site.env["REFLEX_WEB_WORKDIR"])
    asked: dict[str, object] = {**changes}
    other = _installed(site.state_dir, site.database_url, site.redis_url, pages, asked)
    other.web_name = "web-beside"
    try:
        start_web(other)
        yield other
    finally:
        for running in reversed(list(other._running)):
            other.stop(running)
        other.rt.engine.dispose()
