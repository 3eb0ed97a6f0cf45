"""`make feature` writes a whole feature that passes every check and its own tests at once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runtime import ROOT

NEEDED = ("indii", "workers", "sandbox", "alembic", "tools", "assets", "docs/changelog.d")
CHECK = """\
import indii.app
from reflex_base.registry import RegistrationContext
from tests.security import sampling
known = RegistrationContext.get().event_handlers
names = {name.rpartition(".")[2] for name in known if "playlists_state" in name}
called = sampling.collected()
samples = {name.partition(".")[2] for name in called if name.startswith("PlaylistsState.")}
assert names - {"setvar"} == samples == {"load", "add"}, (names, samples)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A copy of the house with a new feature, and the files that it brought."""
    copy = tmp_path_factory.mktemp("house")
    skip = shutil.ignore_patterns("__pycache__", "external", "node_modules")
    for name in (*NEEDED, "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=skip)
    for name in ("pyproject.toml", "alembic.ini", "rxconfig.py"):
        shutil.copy(ROOT / name, copy)
    before = set(copy.rglob("*"))
    run(copy, "tools/feature.py", "community/playlists")
    new = set(copy.rglob("*")) - before
    files = [path for path in new if path.is_file() and ".ruff_cache" not in path.parts]
    return copy, sorted(str(path.relative_to(copy)) for path in files)


def run(copy: Path, *argv: str) -> str:
    """Run Python in the copy; its output."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(copy), "INDII_ENVIRONMENT": "test",
                   "HOME": os.environ.get("HOME", "/"), "PYTHONDONTWRITEBYTECODE": "1"}  # fmt: skip
    if sys.pycache_prefix:
        environment["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
    done = subprocess.run(
        [sys.executable, *argv], cwd=copy, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_a_feature_is_twelve_files_and_none_of_another(made: tuple[Path, list[str]]) -> None:
    copy, files = made
    assert len(files) == 12, files
    changed = [
        str(path.relative_to(copy))
        for name in NEEDED
        for path in (copy / name).rglob("*")
        if path.is_file() and str(path.relative_to(copy)) not in files
        and path.read_bytes() != (ROOT / path.relative_to(copy)).read_bytes()
    ]  # fmt: skip
    assert changed == []


def test_it_passes_the_linters_and_the_contracts(made: tuple[Path, list[str]]) -> None:
    copy, files = made
    sources = [name for name in files if name.endswith(".py")]
    run(copy, "-m", "ruff", "check", *sources)
    run(copy, "-m", "ruff", "format", "--check", *sources)
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    run(copy, "-c", lint)


def test_it_migrates_its_handlers_have_samples_and_its_tests_pass(
    made: tuple[Path, list[str]],
) -> None:
    copy, files = made
    run(copy, "-c", CHECK)
    tests = [name for name in files if "/test_" in name]
    assert "4 passed" in run(copy, "-m", "pytest", "-q", "-p", "no:xdist", *tests)
