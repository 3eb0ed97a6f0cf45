"""`make test`: every check and every test, with one summary at the end.

Usage: run_tests.py [PATH ...] (with paths: only pytest, only there). Runs beside a running
`make up`: tests take free ports and folders of their own.
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from chromium import find_chromium

ROOT = Path(__file__).resolve().parent.parent
TAIL = 400
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"
CHECKS = {
    "ruff": ["-m", "ruff", "check", "--output-format=concise", "."],
    "format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
    "imports": ["-c", LINT],
    "migrations": ["tools/schema.py", "check"],
}
KEPT = ("INDII_TEST_", "INDII_STRIPE_TEST_KEY")
ALONE = ("e2e",)
"""Folders whose tests measure time in a browser: nothing else runs beside them."""


@dataclass(frozen=True)
class Outcome:
    """How one check ended."""

    name: str
    code: int
    took_s: float
    output: str


def main(paths: list[str]) -> int:
    """Run everything; the exit code is 0 only when all is well."""
    began = time.monotonic()
    environment = test_environment()
    browser = find_chromium(print)
    if browser:
        environment["INDII_TEST_CHROMIUM"] = browser
    with tempfile.TemporaryDirectory(prefix="indii-test-") as folder:
        environment["INDII_STATE_DIR"] = str(Path(folder) / "var")
        outcomes = [] if paths else run_checks(environment)
        counts, code = run_pytest(paths, environment, Path(folder))
    print_summary(outcomes, counts, time.monotonic() - began)
    broken = [outcome.name for outcome in outcomes if outcome.code]
    if broken:
        print(f"Checks failed: {', '.join(broken)}")
    total = sum(counts.values(), Counter[str]())
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if broken or code else 0


def test_environment() -> dict[str, str]:
    """This environment without the settings of any installation; what is for tests stays."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("INDII_") or name.startswith(KEPT)
    }
    environment["INDII_ENVIRONMENT"] = "test"
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return environment


def run_checks(environment: dict[str, str]) -> list[Outcome]:
    """Run the checks that read the sources, two at a time; print what the failing ones said."""
    outcomes = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for outcome in pool.map(lambda name: run_check(name, environment), CHECKS):
            word = "ok" if outcome.code == 0 else f"FAILED ({outcome.code})"
            print(f"{outcome.name:<12} {word:<12} {outcome.took_s:6.1f} s", flush=True)
            if outcome.code:
                print("\n".join(outcome.output.strip().splitlines()[-TAIL:]), flush=True)
            outcomes.append(outcome)
    return outcomes


def run_check(name: str, environment: dict[str, str]) -> Outcome:
    """Run one check to its end."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, *CHECKS[name]],
        cwd=ROOT,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return Outcome(name, done.returncode, time.monotonic() - began, done.stdout + done.stderr)


def run_pytest(
    paths: list[str], environment: dict[str, str], folder: Path
) -> tuple[dict[str, Counter[str]], int]:
    """Run the tests, the browser's by themselves; counts by folder and the worst exit code."""
    tests = ROOT / "tests"
    alone = [f"tests/{name}" for name in ALONE if (tests / name).is_dir()]
    # One more than there are cores: much of the time is waiting for other processes.
    beside = ["-n", str(min(4, (os.cpu_count() or 2) + 1)), "--dist", "loadfile"]
    if paths:
        runs = [paths]
    else:
        runs = [
            ["tests", *beside, *(f"--ignore={path}" for path in alone)],
            *([alone] * bool(alone)),
        ]
    counts: dict[str, Counter[str]] = {}
    worst = 0
    for number, selected in enumerate(runs):
        report = folder / f"junit-{number}.xml"
        told = ["-q", "--durations=10", "--durations-min=10", f"--junit-xml={report}"]
        command = [sys.executable, "-m", "pytest", *told, *selected]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
        worst = max(worst, 0 if done.returncode == 5 else abs(done.returncode))  # 5: no tests
        count_into(counts, report)
    return counts, worst


def count_into(counts: dict[str, Counter[str]], report: Path) -> None:
    """Add a junit report's cases to the counts of their folders."""
    if not report.exists():
        return
    for case in ET.parse(report).getroot().iter("testcase"):
        words = case.get("classname", "").split(".")
        folder = words[1] if len(words) > 1 and words[0] == "tests" else words[0] or "other"
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            kind = "failed"
        else:
            kind = "skipped" if "skipped" in kinds else "passed"
        counts.setdefault(folder, Counter())[kind] += 1
        counts[folder]["ms"] += round(float(case.get("time", 0)) * 1000)


def print_summary(outcomes: list[Outcome], counts: dict[str, Counter[str]], took_s: float) -> None:
    """Print one line a check and a folder, and how long all of it took."""
    print("\n" + "-" * 62)
    for outcome in outcomes:
        word = "ok" if outcome.code == 0 else "FAILED"
        print(f"{outcome.name:<14}{word:>8} {outcome.took_s:>38.1f} s")
    for folder, found in sorted(counts.items()):
        print(
            f"{folder:<14}{found['passed']:>5} passed {found['failed']:>4} failed "
            f"{found['skipped']:>4} skipped {found['ms'] / 1000:>12.1f} s"
        )
    print(f"{'together':<14}{took_s / 60:>46.1f} min")


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
