"""The exported front end: built when its sources changed, published whole or not at all.

A build happens in `var/build` (packages stay there, so later builds are warm) and is then copied
to `var/frontend/<hash of the sources>`; a build that fails leaves every published one as it was.
Chunks of the builds before are linked in, so that a tab opened before an update can still load
what it has not loaded yet.

Runs as a program too (`python -m indii.ops.frontend ROOT STATE_DIR`), so that the supervisor can
build beside other steps; its lines of output are progress.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from indii.ops.errors import OpsError

Progress = Callable[[str], None]

FORMAT = "1"
"""Changes when the way of building changes: makes every installation build again."""
LOCK = "reflex.lock"
SOURCES = ("indii", "assets", LOCK)
SINGLE = ("rxconfig.py", "requirements.lock", "pyproject.toml")
NOT_SHOWN = ("indii/ops/", "indii/cli/", "indii/demo/", "assets/external/")
"""Never part of a page; `assets/external` is written by the build itself."""
KEEP_BUILDS = 3


def source_hash(root: Path, *, without: str = "") -> str:
    """Return a short hash of every file that a page may be made of, but for one folder.

    Any module may be imported by a page, so all of `indii` counts: a build too many costs
    seconds, a build too few shows yesterday's page.
    """
    digest = hashlib.sha256(FORMAT.encode())
    for path in _source_files(root):
        if without and path.is_relative_to(root / without):
            continue
        digest.update(f"{path.relative_to(root)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _source_files(root: Path) -> list[Path]:
    found = [root / name for name in SINGLE if (root / name).is_file()]
    for folder in SOURCES:
        for path in (root / folder).rglob("*"):
            name = path.relative_to(root).as_posix()
            if name.startswith(NOT_SHOWN) or "__pycache__" in name or path.suffix == ".pyc":
                continue
            if path.is_file():
                found.append(path)
    return sorted(found)


def published(root: Path, state_dir: Path) -> Path | None:
    """Return the front end for the present sources, None when it has to be built."""
    folder = state_dir / "frontend" / source_hash(root)
    return folder if (folder / "build" / "client").is_dir() else None


def ensure_frontend(root: Path, state_dir: Path, progress: Progress = print) -> Path:
    """Return the folder of the present front end, built first when it has to be.

    Serve it with REFLEX_WEB_WORKDIR set to that folder. Two builders wait for each other.
    Raises: OpsError with the end of the build's output.
    """
    root, state_dir = root.resolve(), state_dir.resolve()
    if ready := published(root, state_dir):
        return ready
    work = state_dir / "build"
    work.mkdir(parents=True, exist_ok=True)
    with _alone(state_dir / "build.lock", progress):
        if ready := published(root, state_dir):
            return ready
        wanted, ours = source_hash(root), source_hash(root, without=LOCK)
        _drop_stale(root, work)
        _export(root, work, state_dir / "log" / "frontend-build.log", progress)
        if source_hash(root, without=LOCK) == ours:
            wanted = source_hash(root)  # a first build writes the packages' lock
        return _publish(work, state_dir / "frontend", wanted)


def serve_env(frontend: Path) -> dict[str, str]:
    """Environment in which the app serves a published front end without compiling anything."""
    return {
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_SKIP_COMPILE": "1",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "1",
        "REFLEX_WEB_WORKDIR": str(frontend),
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
    }


def build_env(work: Path) -> dict[str, str]:
    """Environment of a build: Node from this installation's packages, no telemetry."""
    bin_dir = Path(sys.executable).parent
    return {
        **os.environ,
        "PATH": f"{bin_dir}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "REFLEX_USE_NPM": "1",
        "REFLEX_WEB_WORKDIR": str(work),
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
        "NPM_CONFIG_FUND": "false",
        "NPM_CONFIG_AUDIT": "false",
        "REFLEX_STATES_WORKDIR": str(work / "states"),
        "NO_COLOR": "1",
        "PYTHONUNBUFFERED": "1",
    }


@contextlib.contextmanager
def _alone(lock: Path, progress: Progress) -> Iterator[None]:
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another build of the same checkout")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _drop_stale(root: Path, work: Path) -> None:
    """Delete the build folder when plugins or packages changed: Reflex leaves their old files."""
    digest = hashlib.sha256(FORMAT.encode())
    for name in ("rxconfig.py", "requirements.lock"):
        if (root / name).is_file():
            digest.update((root / name).read_bytes())
    note = work.with_name(f"{work.name}.made-for")  # Reflex empties the folder itself
    if note.exists() and note.read_text() == digest.hexdigest():
        return
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    note.write_text(digest.hexdigest())


def _export(root: Path, work: Path, log: Path, progress: Progress) -> None:
    """Run Reflex's export; once more with fresh packages when bundling failed."""
    command = [sys.executable, "-m", "reflex", "export", "--no-zip", "--frontend-only"]
    log.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(work / "build", ignore_errors=True)
    trouble = _run(command, root, work, log, progress)
    if trouble and any(map(_is_compiled, trouble)):  # our pages are fine, the packages are not
        progress("failed; once more with fresh packages")
        shutil.rmtree(work / "node_modules", ignore_errors=True)
        shutil.rmtree(work / "build", ignore_errors=True)
        trouble = _run(command, root, work, log, progress)
    if trouble is None and (work / "build" / "client" / "index.html").is_file():
        return
    tail = "\n".join((trouble or ["The export left no index.html."])[-30:])
    raise OpsError(f"{tail}\nThe front end could not be built; all that was said: {log}")


def _is_compiled(line: str) -> bool:
    return line.startswith("Compiling:") and "100%" in line


def _run(
    command: list[str], root: Path, work: Path, log: Path, progress: Progress
) -> list[str] | None:
    """Run a command, turn its output into phases; None when it ended well, else all it said."""
    lines: list[str] = []
    progress("compiling the pages")
    with (
        log.open("w") as record,
        subprocess.Popen(
            command,
            cwd=root,
            env=build_env(work),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as running,
    ):
        assert running.stdout is not None
        for line in running.stdout:
            record.write(line)
            lines.append(line.rstrip())
            if _is_compiled(line):
                fresh = not (work / "node_modules").exists()
                progress("installing packages, then bundling" if fresh else "bundling")
    return None if running.returncode == 0 else [line for line in lines if line]


def _publish(work: Path, shelf: Path, name: str) -> Path:
    """Copy a finished build to its own folder in one step, with its predecessors' chunks."""
    shelf.mkdir(parents=True, exist_ok=True)
    half = shelf / f".{name}-{os.getpid()}"
    shutil.rmtree(half, ignore_errors=True)
    shutil.copytree(work / "build" / "client", half / "build" / "client")
    if (work / "backend").is_dir():
        shutil.copytree(work / "backend", half / "backend")
    assets = half / "build" / "client" / "assets"
    own = sorted(path.name for path in assets.iterdir()) if assets.is_dir() else []
    (half / "own.json").write_text(json.dumps(own))
    earlier = _by_age(shelf)
    for older in earlier[: KEEP_BUILDS - 1]:
        _link_chunks(older, assets)
    final = shelf / name
    shutil.rmtree(final, ignore_errors=True)
    half.rename(final)
    os.utime(final, (time.time(), time.time()))
    for older in earlier[KEEP_BUILDS - 1 :]:
        shutil.rmtree(older, ignore_errors=True)
    return final


def _by_age(shelf: Path) -> list[Path]:
    """Return the published builds, the youngest first; remove halves of killed builds."""
    found = []
    for path in shelf.iterdir():
        if path.name.startswith("."):
            if not path.name.endswith(f"-{os.getpid()}"):
                shutil.rmtree(path, ignore_errors=True)
        elif path.is_dir():
            found.append(path)
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def _link_chunks(older: Path, assets: Path) -> None:
    try:
        names = json.loads((older / "own.json").read_text())
    except (OSError, ValueError):
        return
    for name in names:
        source, target = older / "build" / "client" / "assets" / name, assets / name
        with contextlib.suppress(OSError):
            if not target.exists():
                os.link(source, target)


def main(arguments: list[str]) -> int:
    """Build for `ROOT STATE_DIR`; the last line printed is the published folder."""
    root, state_dir = map(Path, arguments)
    try:
        print(ensure_frontend(root, state_dir, lambda line: print(line, flush=True)), flush=True)
    except OpsError as error:
        print(error, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
