"""The import contracts hold, and each of them would catch a violation planted in a copy."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS = [
    c["name"]
    for c in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
]

# One violation a contract: a file to write (or to append to) and what it says.
PLANTED: dict[str, tuple[str, str]] = {
    "Floors": ("indii/identity/profiles/rules.py", "import indii.catalog.recordings.enums\n"),
    "Feature": ("indii/catalog/recordings/rules.py", "import indii.catalog.recordings.commands\n"),
    "Store: kinds of lines": (
        "indii/store/orders/rules.py",
        "import indii.store.offers.rules\n",
    ),
    "What sells lines of any kind": (
        "indii/trust/refunds/rules.py",
        "import indii.business.licensing.enums\n",
    ),
    "Only bootstrap composes line kinds": ("indii/kernel/text.py", "import indii.line_kinds\n"),
    "Nothing below state imports Reflex": ("indii/kernel/text.py", "import reflex\n"),
    "Rules are pure": ("indii/catalog/recordings/rules.py", "import sqlalchemy\n"),
    "UI holds no SQL": ("indii/ui/tokens.py", "import sqlalchemy\n"),
    "Only adapters speak to vendors": ("indii/kernel/text.py", "import httpx\n"),
    "Only bootstrap chooses adapters": (
        "indii/kernel/text.py",
        "import indii.adapters.mail.smtp\n",
    ),
    "Pages are leaves": (
        "indii/discovery/browse/state.py",
        "import indii.discovery.browse.pages\n",
    ),
    "Workers call the app": ("indii/kernel/text.py", "import workers.schedule\n"),
    "Only entry points bootstrap": ("indii/kernel/text.py", "import indii.bootstrap\n"),
    "No network inside a transaction": (
        "indii/catalog/recordings/commands.py",
        "import indii.ports.storage\n",
    ),
    "Adapters know only ports and kernel": (
        "indii/adapters/mail/smtp.py",
        "import indii.identity.accounts.rules\n",
    ),
    "No flow below a flow": (
        "indii/catalog/recordings/commands.py",
        "import indii.identity.accounts.flows\n",
    ),
    "The house never imports the sandbox": ("indii/kernel/text.py", "import sandbox\n"),
    "The sandbox imports nothing of the house": (
        "sandbox/__init__.py",
        "import indii.kernel.text\n",
    ),
}


def lint(root: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """Run the import linter in a tree."""
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--no-cache", *names],
        cwd=root,
        # Wide, because a wrapped name could not be told from another.
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(root), "COLUMNS": "250"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages that tests may spoil."""
    target = tmp_path_factory.mktemp("house")
    for name in ("indii", "workers", "sandbox"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", target)
    return target


def test_every_contract_has_a_planted_violation() -> None:
    unplanted = [c for c in CONTRACTS if not any(c.startswith(p) for p in PLANTED)]
    assert unplanted == []


def test_the_tree_keeps_every_contract(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("contract", sorted(PLANTED))
def test_a_planted_violation_is_caught(contract: str, copy: Path) -> None:
    relative, line = PLANTED[contract]
    file = copy / relative
    before = file.read_text()
    file.write_text(f"{before}\n{line}")
    try:
        done = lint(copy)
    finally:
        file.write_text(before)
    assert done.returncode != 0
    broken = [line for line in done.stdout.splitlines() if line.strip().endswith("BROKEN")]
    assert any(line.strip().startswith(contract) for line in broken), done.stdout[-3000:]


def test_an_unknown_file_name_in_a_feature_is_caught(copy: Path) -> None:
    file = copy / "indii/catalog/recordings/helpers.py"
    file.write_text("import indii.catalog.recordings.models\n")
    try:
        done = lint(copy)
    finally:
        file.unlink()
    assert done.returncode != 0
