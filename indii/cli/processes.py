"""`indii up`, `web` and `worker`: the processes of an installation."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

ROOT = Path(__file__).resolve().parent.parent.parent


def up(
    *,
    dev: Annotated[bool, typer.Option("--dev", help="Reload on every edit.")] = False,
    port: Annotated[int | None, typer.Option(help="Port of the site.")] = None,
    demo: Annotated[bool, typer.Option(help="Seed the demo catalogue once.")] = True,
) -> None:
    """Start everything: database, Redis, migrations, front end, web, workers, beat."""
    from indii.ops.up import Installation, run
    from indii.settings import settings

    if port is not None:
        os.environ["INDII_PORT"] = str(port)
        settings.cache_clear()
    config = settings()
    seeds = demo and config.seed_demo and config.environment == "development"
    database, redis = config.database_url, config.redis_url
    lines = (
        ready_lines(has_demo=seeds, url=config.url) if config.environment != "production" else ()
    )
    sys.exit(
        run(
            Installation(
                root=ROOT,
                state_dir=config.state_dir,
                host=config.host,
                port=config.port,
                database_url=database.get_secret_value() if database else None,
                redis_url=redis.get_secret_value() if redis else None,
                web_processes=config.web_processes,
                worker_processes=config.worker_processes,
                seed=(sys.executable, "-m", "indii.cli", "seed", "--quick") if seeds else (),
                ready_lines=lines,
                url=config.url,
                has_sandbox=config.environment == "development" and config.stripe_key is None,
                dev=dev,
            )
        )
    )


def ready_lines(*, has_demo: bool, url: str) -> list[str]:
    """Return what a person needs to know next: logins, where mail lands."""
    from indii.demo import accounts

    lines = [
        f"{'mail':<10} {url}/dev/mailbox",
        f"{'payments':<10} TEST, no money moves: card 4242 4242 4242 4242, any date and code",
    ]
    if has_demo:
        producer = accounts.producer_email("ash"), accounts.PRODUCER_PASSWORD
        logins = [
            ("fan", accounts.FAN.email, accounts.FAN.password),
            ("producer", *producer),
            ("admin", accounts.ADMIN.email, accounts.ADMIN.password),
        ]
        lines += [f"{role:<10} {email:<26} password {word}" for role, email, word in logins]
    return lines


def web() -> None:
    """Serve the site from the exported front end, in the foreground."""
    from indii.ops import frontend
    from indii.settings import settings

    config = settings()
    folder = frontend.ensure_frontend(ROOT, config.state_dir.resolve())
    env = {**os.environ, **frontend.serve_env(folder), "REFLEX_REDIS_URL": config.redis()}
    arguments = [
        *(sys.executable, "-m", "granian", "--interface", "asgi", "--factory"),
        *("--host", config.host, "--port", str(config.port)),
        *("--workers", str(config.web_processes), "--respawn-failed-workers"),
        "indii.app:app",
    ]
    os.chdir(ROOT)
    os.execve(sys.executable, arguments, env)  # noqa: S606 - the server takes this process over


def worker(
    queues: Annotated[
        str, typer.Option(help="Queues to work on.")
    ] = "default,audio,embedding,slow",
    *,
    beat: Annotated[bool, typer.Option(help="Also be the clock; once an installation.")] = False,
) -> None:
    """Work on jobs, in the foreground."""
    from indii.settings import settings

    arguments = [
        *(sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", queues),
        *("-c", str(settings().worker_processes), "--without-gossip", "--without-mingle"),
        *(["-B", "-s", str(settings().state_dir / "beat-schedule")] if beat else []),
    ]
    os.chdir(ROOT)
    os.execve(sys.executable, arguments, os.environ)  # noqa: S606 - celery takes this process over
