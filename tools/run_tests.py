"""`make test`: every check and every test, with one summary at the end.

Usage: run_tests.py [--all] [PATH ...] (with paths: only pytest, only there). With --all
(`make test-all`) large matrices are worked through whole, of which `make test` takes a sample.
Runs beside a running `make up`: tests take free ports and folders of their own.
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from chromium import find_shell

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
BESIDE = ("mypy", "migrations")
"""Checks that take long enough to run beside the tests; the others come first."""
KEPT = ("INDII_TEST_", "INDII_STRIPE_TEST_KEY")
STORIES = "tests/e2e"
"""Played in processes of their own: while Playwright runs in one, asyncio tests cannot."""


@dataclass(frozen=True)
class Outcome:
    """How one check ended."""

    name: str
    code: int
    took_s: float
    output: str


def main(arguments: list[str]) -> int:
    """Run everything; the exit code is 0 only when all is well."""
    began = time.monotonic()
    paths = [argument for argument in arguments if argument != "--all"]
    environment = test_environment(is_whole="--all" in arguments)
    browser = find_shell(print)
    if browser:
        environment["INDII_TEST_CHROMIUM"] = browser
    with tempfile.TemporaryDirectory(prefix="indii-test-") as folder:
        environment["INDII_STATE_DIR"] = str(Path(folder) / "var")
        outcomes, counts, code = run_all(paths, environment, Path(folder))
    print_summary(outcomes, counts, time.monotonic() - began)
    broken = [outcome.name for outcome in outcomes if outcome.code]
    if broken:
        print(f"Checks failed: {', '.join(broken)}")
    total = sum(counts.values(), Counter[str]())
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if broken or code else 0


def run_all(
    paths: list[str], environment: dict[str, str], folder: Path
) -> tuple[list[Outcome], dict[str, Counter[str]], int]:
    """Run the quick checks, then the tests with the slow checks beside them."""
    if paths:
        return [], *run_pytest([paths], environment, folder)
    outcomes = run_checks([name for name in CHECKS if name not in BESIDE], environment)
    with ThreadPoolExecutor(max_workers=1) as pool:
        slow = [pool.submit(run_check, name, environment) for name in BESIDE]
        counts, code = run_pytest(selections(), environment, folder)
        for check in slow:
            outcomes.append(check.result())
            show(outcomes[-1])
    return outcomes, counts, code


def selections() -> list[list[str]]:
    """Return what each pytest of a whole run is told: the stories, and everything else."""
    # Half of the time is waiting for servers and browsers, so as many of each as there are cores.
    many = ["-n", str(min(3, os.cpu_count() or 2)), "--dist", "loadfile", "--no-loadscope-reorder"]
    stories = [[STORIES, *many]] if (ROOT / STORIES).is_dir() else []
    return [["tests", *many, f"--ignore={STORIES}"], *stories]


def test_environment(*, is_whole: bool) -> dict[str, str]:
    """This environment without the settings of any installation; what is for tests stays."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("INDII_") or name.startswith(KEPT)
    }
    environment["INDII_ENVIRONMENT"] = "test"
    # Sources stay clean, and hundreds of started processes need not compile what they import.
    environment["PYTHONPYCACHEPREFIX"] = str(ROOT / "var" / "test-bytecode")
    if is_whole:
        environment["INDII_TEST_ALL"] = "1"
    else:
        today = datetime.now(UTC).date().isoformat()
        sample = environment.setdefault("INDII_TEST_SAMPLE", today)
        print(f"Large matrices by sample, INDII_TEST_SAMPLE={sample}; make test-all takes all.")
    return environment


def run_checks(names: Iterable[str], environment: dict[str, str]) -> list[Outcome]:
    """Run checks that read the sources, two at a time, and print how they went."""
    outcomes = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for outcome in pool.map(lambda name: run_check(name, environment), names):
            show(outcome)
            outcomes.append(outcome)
    return outcomes


def show(outcome: Outcome) -> None:
    """Print how a check went, and what it said when it failed."""
    word = "ok" if outcome.code == 0 else f"FAILED ({outcome.code})"
    print(f"{outcome.name:<12} {word:<12} {outcome.took_s:6.1f} s", flush=True)
    if outcome.code:
        print("\n".join(outcome.output.strip().splitlines()[-TAIL:]), flush=True)


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
    selected: list[list[str]], environment: dict[str, str], folder: Path
) -> tuple[dict[str, Counter[str]], int]:
    """Run a pytest for each selection, all at once; counts by folder and the worst exit code.

    The first prints as it goes, the others when they are done.
    """
    counts: dict[str, Counter[str]] = {}
    worst = 0
    reports = [folder / f"junit-{number}.xml" for number in range(len(selected))]
    outputs = [None, *((folder / f"pytest-{n}.txt").open("w+") for n in range(1, len(selected)))]
    running = []
    try:
        for arguments, report, output in zip(selected, reports, outputs, strict=True):
            told = ["-q", "--durations=10", "--durations-min=10", f"--junit-xml={report}"]
            command = [sys.executable, "-m", "pytest", *told, *arguments]
            running.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output))
        for process, report, output in zip(running, reports, outputs, strict=True):
            code = process.wait()
            worst = max(worst, 0 if code == 5 else abs(code))  # 5: no tests
            count_into(counts, report)
            if output is not None:
                output.seek(0)
                print(f"\n{output.read()}", end="", flush=True)
    finally:
        for process in running:
            process.terminate()
        for output in filter(None, outputs):
            output.close()
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
