"""Makes .venv what the lock file says, then becomes the command that was asked for.

Usage: bootstrap.py [--dev] COMMAND ... . Needs only the standard library of Python 3.11 or 3.12.
A start that has nothing to install touches no network: stamps in .venv hold what was installed.
"""

import contextlib
import fcntl
import hashlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = "uv==0.13.8"
FITS = {(3, 11), (3, 12)}
NEEDED_MB = 2500
QUIET_EVERY_S = 15
running = None


def main(arguments: list[str]) -> None:
    """Install what is missing and exec the command."""
    dev = arguments[:1] == ["--dev"]
    command = arguments[1:] if dev else arguments
    signal.signal(signal.SIGTERM, _stop)
    check_machine()
    with alone():
        make_venv()
        install("requirements.lock", project=True)
        if dev:
            install("requirements-dev.lock")
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONHOME", "PYTHONPATH"}}
    environment["VIRTUAL_ENV"] = str(VENV)
    environment["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.stdout.flush()
    os.execvpe(command[0], command, environment)


def check_machine() -> None:
    """Refuse a machine that the pinned packages have no wheels for."""
    if sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"}:
        fail(f"Indii runs on Linux (x86-64 or arm64), not on {sys.platform} {platform.machine()}.")
    if "glibc" not in platform.libc_ver()[0]:
        fail("Indii needs a Linux with glibc (Debian, Ubuntu, Fedora, ...); musl has no wheels.")


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Two starts in one checkout wait for each other."""
    if not os.access(ROOT, os.W_OK):
        fail(f"{ROOT} cannot be written; it must belong to this user.")
    with Path(__file__).open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another start that is installing ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_venv() -> None:
    """Make .venv; make it again when its Python is gone or the checkout has moved."""
    place = VENV / ".indii-place"
    if PYTHON.exists() and (not place.exists() or place.read_text() == str(VENV)):
        # pip is what comes last when a venv is made: without it the making was cut off
        asked = subprocess.run(
            [PYTHON, "-c", "import pip, sys; print(sys.version_info[0], sys.version_info[1])"],
            capture_output=True,
            text=True,
            check=False,
        )
        if asked.returncode == 0 and tuple(map(int, asked.stdout.split())) in FITS:
            place.write_text(str(VENV))
            return
    if VENV.exists():
        say("The folder .venv belongs to another place or Python; making it again.")
        shutil.rmtree(VENV)
    free = shutil.disk_usage(ROOT).free // 1_000_000
    if free < NEEDED_MB:
        fail(f"Only {free} MB are free on the disk that holds {ROOT}; {NEEDED_MB} MB are needed.")
    # of the base installation: this very process may run from the .venv that was just removed
    base = getattr(sys, "_base_executable", sys.executable)
    step("Making .venv", [base, "-m", "venv", str(VENV)])
    place.write_text(str(VENV))


def install(lock: str, *, project: bool = False) -> None:
    """Install a lock file (and this project) when it differs from what was installed."""
    stamp = VENV / f".indii-{lock}"
    wanted = digest(ROOT / lock, ROOT / "pyproject.toml")
    if stamp.exists() and stamp.read_text() == wanted:
        return
    uv = VENV / "bin" / "uv"
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not uv.exists():
        step("Installing uv", [*pip, UV])
    count = sum(1 for line in (ROOT / lock).read_text().splitlines() if "==" in line)
    what = "Python packages" if lock == "requirements.lock" else "packages for tests"
    label = f"Installing {what} ({count}; minutes the first time)"
    fast = [str(uv), "pip", "install", "--quiet", "--python", str(PYTHON)]
    # pip knows every index that this machine's pip settings name; uv does not read them
    step(label, [*fast, "-r", lock], otherwise=[*pip, "-r", lock])
    if project:
        itself = ["--no-deps", "--no-build-isolation", "-e", "."]
        step("Installing Indii itself", [*fast, *itself], otherwise=[*pip, *itself])
    stamp.write_text(wanted)


def digest(*files: Path) -> str:
    """Return what stands in the files, as one short word."""
    found = hashlib.sha256(UV.encode())
    for file in files:
        found.update(file.read_bytes())
    return found.hexdigest()


def step(label: str, command: list[str], *, otherwise: list[str] | None = None) -> None:
    """Run a command quietly with a line of progress; on failure show what it said."""
    began = time.monotonic()
    code, said = run(label, command)
    if code and otherwise:
        code, more = run(f"{label}, by pip", otherwise)
        said += more
    if code:
        lines = "\n".join(f"  {line}" for line in said.strip().splitlines()[-15:])
        fail(f"{label} failed:\n{lines}\nIs the network there? Start again to continue.")
    say(f"  {label}: done in {time.monotonic() - began:.0f} s")


def run(label: str, command: list[str]) -> tuple[int, str]:
    """Exit code and output of a command, with a ticking line while it runs."""
    global running  # noqa: PLW0603 - the signal handler has no other way to know it
    began, shown = time.monotonic(), 0
    tty = sys.stdout.isatty()
    environment = {"UV_HTTP_TIMEOUT": "120", **os.environ, "PYTHONNOUSERSITE": "1"}
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        running = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        while True:
            try:
                running.wait(0.5)
                break
            except subprocess.TimeoutExpired:
                took = int(time.monotonic() - began)
                if tty:
                    print(f"\r  {label} {took} s", end="", flush=True)
                elif took >= shown + QUIET_EVERY_S:
                    shown = took
                    say(f"  {label} {took} s")
            except KeyboardInterrupt:
                _stop()
        if tty:
            print("\r\033[K", end="")
        output.seek(0)
        return running.returncode, output.read()


def _stop(*_: object) -> None:
    if running is not None and running.poll() is None:
        os.killpg(running.pid, signal.SIGTERM)
        running.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
    say("\nStopped. What was installed so far is kept.")
    os._exit(130)


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def fail(text: str) -> None:
    """Print why not, and end."""
    print(text, file=sys.stderr, flush=True)
    sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
