"""`make bench`: every bench in turn, then what was reached and what was missed.

`python -m tests.bench explore weight` runs some of them; each is also a program of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

from rich.console import Console

from tests.bench.frontends import PLACE, floor_frontend, indii_frontend
from tests.bench.report import WIDTH
from tests.runtime import ROOT

BENCHES = (
    "drawn", "explore", "weight", "throttled", "events", "streaming", "ingest", "sockets",
    "seeding", "money",
)  # fmt: skip


def main(names: list[str]) -> int:
    """Run them; 1 when one broke, whatever the ratios."""
    if unknown := set(names) - set(BENCHES):
        print(f"There is no bench {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}.")
        return 2
    began = time.monotonic()
    env = {k: v for k, v in os.environ.items() if not k.startswith("INDII_")}
    # Built once, before anything is measured.
    floor_frontend()
    env["INDII_TEST_FRONTEND"] = str(indii_frontend())
    broken = []
    for name in names or BENCHES:
        (PLACE / f"{name}.json").unlink(missing_ok=True)
        command = [sys.executable, "-m", f"tests.bench.{name}"]
        if subprocess.run(command, cwd=ROOT, env=env, check=False).returncode:
            broken.append(name)
    summary(names or list(BENCHES), time.monotonic() - began)
    if broken:
        print(f"These broke: {', '.join(broken)}")
    return 1 if broken else 0


def summary(names: list[str], took_s: float) -> None:
    """Print every goal with its figure."""
    console = Console(width=WIDTH, highlight=False)
    console.rule(f"Goals, after {took_s / 60:.1f} minutes")
    for name in names:
        file = PLACE / f"{name}.json"
        for line in json.loads(file.read_text())["lines"] if file.exists() else ():
            if line["is_met"] is None:
                continue
            word = "[green]met   [/]" if line["is_met"] else "[bold red]missed[/]"
            shown = line["ours"] if line["ratio"] is None else f"{line['ratio']:.2f}x"
            console.print(f"{word} {name:<10} {line['what']}: {shown}, goal {line['goal']}")
    console.print(f"Figures: {PLACE}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
