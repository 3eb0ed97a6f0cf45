"""`make bench`: every measurement in turn, each in its own process, so that none warms another.

`python -m tests.bench explore weight` runs only those. Figures land in `var/bench` too.
"""

import subprocess
import sys
import time

ALL = ("explore", "weight", "throttled", "events", "streaming", "ingest", "sockets")


def main(names: list[str]) -> int:
    """Run the measurements named, or all; return how many could not be taken."""
    broken = 0
    for name in names or ALL:
        began = time.monotonic()
        print(f"\n== {name}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False)
        broken += done.returncode != 0
        print(f"   {name} took {time.monotonic() - began:.0f} s", flush=True)
    return broken


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
