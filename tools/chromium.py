"""A Chromium for the tests: one that is here, else Debian's, else Playwright's own.

The tests prefer its headless shell, the same browser without the windows that a headless Chromium
opens all the same: a page costs it a third of the processor time.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
INSTALL = ["install", "-y", "-q", "--no-install-recommends"]
QUIET = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium(say: Callable[[str], None]) -> str:
    """Path of a Chromium, installed when there is none; empty where that failed."""
    if found := present():
        return found
    say("Installing Chromium for the tests ...")
    trouble = from_debian() if os.geteuid() == 0 and shutil.which("apt-get") else ""
    if not present():
        trouble += from_playwright()
    found = present()
    if not found:
        lines = "\n".join(trouble.strip().splitlines()[-8:])
        say(f"Chromium could not be installed; tests in a browser will fail.\n{lines}")
    return found


def find_shell(say: Callable[[str], None]) -> str:
    """Path of a headless shell, installed where Debian has it; else of a whole Chromium."""
    if found := shell():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("Installing Chromium's headless shell for the tests ...")
        # Without a network the whole Chromium does as well: nothing here is worth a long wait.
        hasty = ["-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10"]
        run(["apt-get", *INSTALL, *hasty, SHELLS[0]], QUIET)
    return shell() or find_chromium(say)


def shell() -> str:
    """Path of a headless shell that is here, or nothing."""
    return on_path(SHELLS) or in_cache("chromium_headless*/*/*shell")


def present() -> str:
    """Path of a Chromium that is here, or nothing."""
    return on_path(NAMES) or in_cache("chromium-*/chrome-linux*/chrome") or shell()


def on_path(names: tuple[str, ...]) -> str:
    """Path of the first of these programs, or nothing."""
    return next((found for name in names if (found := shutil.which(name))), "")


def in_cache(pattern: str) -> str:
    """Path of the newest program that Playwright installed under this name, or nothing."""
    cache = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright"
    found = sorted(Path(cache).glob(pattern), reverse=True)
    return next((str(path) for path in found if os.access(path, os.X_OK)), "")


def from_debian() -> str:
    """Install the distribution's package; what went wrong, or nothing."""
    return "".join(
        run(["apt-get", *arguments], QUIET)
        for arguments in (["update", "-q"], [*INSTALL, "chromium"])
    )


def from_playwright() -> str:
    """Install Playwright's own build; what went wrong, or nothing."""
    return run([sys.executable, "-m", "playwright", "install", "chromium"], dict(os.environ))


def run(command: list[str], environment: dict[str, str]) -> str:
    """Run a command; its output when it failed."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""
