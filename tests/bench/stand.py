"""Indii and the floor, served side by side: the same Redis, the same granian flags."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from indii.ops import frontend, processes
from indii.ops.ports import free_port
from tests.bench.frontends import FLOOR, PLACE, floor_frontend, indii_frontend
from tests.e2e.catalogue import People
from tests.e2e.catalogue import fill as fill_catalogue
from tests.serving import Site, serve, wait_for

GRANIAN = ("-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--workers", "1")


@dataclass
class Stand:
    """Both sites; `people` live on ours."""

    site: Site
    floor: str
    floor_web: subprocess.Popen[bytes]
    people: People

    @property
    def ours(self) -> str:
        """Our address."""
        return self.site.config.url


@contextlib.contextmanager
def place() -> Iterator[Path]:
    """A folder for one installation, gone afterwards."""
    PLACE.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=PLACE))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def stand(*, has_pages: bool = True) -> Iterator[Stand]:
    """Bring both up with some thirty recordings on ours; without pages only their servers."""
    source, floor_pages = floor_frontend() if has_pages else (FLOOR, None)
    pages = indii_frontend() if has_pages else None
    with place() as folder, serve(folder / "indii", pages=pages) as site:
        people = fill_catalogue(site)
        url, running = start_floor(site, source, floor_pages)
        try:
            yield Stand(site, url, running, people)
        finally:
            site.stop(running)


def start_floor(
    site: Site, source: Path, pages: Path | None
) -> tuple[str, subprocess.Popen[bytes]]:
    """Serve the floor beside the site, as the site is served."""
    port = free_port()
    served = frontend.serve_env(pages or site.state_dir / "no-floor-pages")
    if pages is None:
        served["__REFLEX_MOUNT_FRONTEND_COMPILED_APP"] = "0"
    else:
        bake(pages / "build" / "client", port)
    env = {
        **{name: value for name, value in site.env.items() if not name.startswith("INDII_")},
        **served,
        "REFLEX_REDIS_URL": site.redis_url.rpartition("/")[0] + "/1",
        "REFLEX_STATES_WORKDIR": str(site.state_dir / "floor-states"),
        "PYTHONPATH": str(source),
    }
    return start_granian(site, "floor", source, env, "--factory", "floor_app:app", port=port)


def bake(client: Path, port: int) -> None:
    """Write the server's port into the exported page, as an export for that port would."""
    for script in (client / "assets").glob("*.js"):
        said = script.read_text()
        wanted = re.sub(r"(?<=//localhost:)\d+", str(port), said)
        if wanted != said:
            script.write_text(wanted)
            for packed in client.glob(f"assets/{script.name}.*"):
                packed.unlink()


def start_granian(
    site: Site, name: str, cwd: Path, env: dict[str, str], *target: str, port: int = 0
) -> tuple[str, subprocess.Popen[bytes]]:
    """Start one more granian with our own flags; its address and its process."""
    port = port or free_port()
    command = [sys.executable, *GRANIAN, "--port", str(port), "--workers-kill-timeout", "4"]
    with (site.state_dir / "log" / f"{name}.log").open("ab") as output:
        running = processes.spawn([*command, *target], env=env, cwd=cwd, output=output)
    url = f"http://localhost:{port}"
    wait_for(lambda: answers(url), f"{name}'s web process", running)
    return url, running


def answers(url: str) -> bool:
    """Whether anything is served there."""
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, urllib.error.URLError):
        return False
