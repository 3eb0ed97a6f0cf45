"""How soon a fresh installation is worth hearing: `indii seed --quick` until twelve can be played.

Started as `indii up` does it: first the seed, which composes, then the workers, which make the
previews.
"""

from __future__ import annotations

import sys
import time

from sqlalchemy import func, select
from sqlmodel import col

from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import MediaFile
from tests.bench.report import Figures, Report
from tests.bench.stand import place
from tests.serving import Site, serve, wait_for

WANTED = 12
WITHIN_S = 60.0


def playable(site: Site) -> int:
    """How many recordings have a preview that is stored."""
    with site.rt.read() as ctx:
        statement = select(func.count()).where(
            col(MediaFile.kind) == FileKind.PREVIEW, col(MediaFile.bytes) > 0
        )
        return int(ctx.db.scalar(statement) or 0)


def main(wanted: int = WANTED) -> int:
    """Measure and report."""
    report = Report("seeding", f"From `indii seed --quick` to {wanted} playable recordings")
    with (
        place() as folder,
        serve(folder / "indii", with_web=False, environment="development") as site,
    ):
        began = time.monotonic()
        seed = site.start("seed", sys.executable, "-m", "indii.cli", "seed", "--quick")
        assert seed.wait(600) == 0, (site.state_dir / "log" / "seed.log").read_text()[-2000:]
        composed = time.monotonic() - began
        with site.workers():
            wait_for(lambda: playable(site) >= 1, "the first preview", within_s=300)
            first = time.monotonic() - began
            wait_for(lambda: playable(site) >= wanted, f"{wanted} previews", within_s=300)
        took = time.monotonic() - began
    report.limit(f"{wanted} playable", Figures((took,), "s"), WITHIN_S)
    report.limit("  first playable", Figures((first,), "s"))
    report.limit("  composed, uploaded and published", Figures((composed,), "s"))
    report.limit("  the workers' start and previews", Figures((took - composed,), "s"))
    return report.done()


if __name__ == "__main__":
    sys.exit(0 * main(*map(int, sys.argv[1:2])))
