"""A Chromium for the tests: one that is here, else Debian's, else Playwright's own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

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


def present() -> str:
    """Path of a Chromium that is here, or nothing."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    cache = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright"
    for pattern in ("chromium-*/chrome-linux*/chrome", "chromium_headless*/*/*shell"):
        for path in sorted(Path(cache).glob(pattern), reverse=True):
            if os.access(path, os.X_OK):
                return str(path)
    return ""


def from_debian() -> str:
    """Install the distribution's package; what went wrong, or nothing."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    said = ""
    for arguments in (
        ["update", "-q"],
        ["install", "-y", "-q", "--no-install-recommends", "chromium"],
    ):
        done = run(["apt-get", *arguments], quiet)
        said += done
    return said


def from_playwright() -> str:
    """Install Playwright's own build; what went wrong, or nothing."""
    return run([sys.executable, "-m", "playwright", "install", "chromium"], dict(os.environ))


def run(command: list[str], environment: dict[str, str]) -> str:
    """Run a command; its output when it failed."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""
