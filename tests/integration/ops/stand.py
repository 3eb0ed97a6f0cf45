"""A tiny installation for the tests: `python stand.py STATE_DIR [pg] [broken] [failing]`.

Children write their pids to STATE_DIR/pids/<name>. `web` has a grandchild in its own group and one
that left for a session of its own; `last` notes when it was asked to stop.
"""

import json
import os
import sys
import time
from pathlib import Path

from indii.ops import lock, place, processes, reaper
from indii.ops.errors import OpsError
from indii.ops.parts import Child, Part, Step
from indii.ops.postgres import EmbeddedPostgres
from indii.ops.progress import Terminal
from indii.ops.redis import EmbeddedRedis
from indii.ops.supervisor import Supervisor

TOY = """
import os, signal, subprocess, sys, time
from pathlib import Path
name, state, deep = sys.argv[1], Path(sys.argv[2]), len(sys.argv) > 3
def note(what, pid):
    (state / "pids" / f"{name}-{what}").write_text(str(pid))
if deep:
    for what, apart in (("near", False), ("far", True)):
        code = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
        note(what, subprocess.Popen([sys.executable, "-c", code], start_new_session=apart).pid)
def stop(*_):
    with (state / "stops").open("a") as file:
        file.write(f"{name}\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
note("main", os.getpid())
print("up", flush=True)
while True:
    time.sleep(60)
"""


def toy(name: str, state: Path, *more: str, after: tuple[str, ...] = ()) -> Child:
    file = state / "pids" / f"{name}-main"
    return Child(
        name=name,
        argv=[sys.executable, "-c", TOY, name, str(state), *more],
        after=after,
        ready=lambda: file.exists() and processes.is_alive(int(file.read_text() or 0)),
        alive=lambda: not (state / "sick").exists(),
        alive_every_s=0.05,
        stop_within_s=3.0,
    )


def main() -> int:
    state = Path(sys.argv[1])
    (state / "pids").mkdir(parents=True, exist_ok=True)
    lock.acquire(state)

    def inner(alone: object) -> int:
        began = time.monotonic()
        reaper.sweep(str(state))
        parts: list[Part] = [
            toy("first", state),
            Step(name="step", label="A step", argv=["true"], after=("first",)),
            toy("last", state, after=("step",)),
            toy("web", state, "deep", after=("step",)),
        ]
        if "broken" in sys.argv:
            complaint = "import sys; print('no such port'); sys.exit(3)"
            parts.append(
                Child("broken", argv=[sys.executable, "-c", complaint], ready=lambda: False)
            )
        if "failing" in sys.argv:
            parts.append(Step("failing", label="A hard step", argv=["sh", "-c", "echo no; exit 4"]))
        if "pg" in sys.argv:
            postgres, redis = EmbeddedPostgres(state), EmbeddedRedis(state)
            place.mark_throwaway(postgres.place)  # durable, but nobody's
            parts += [postgres.child(), redis.child()]
            facts = {"dsn": postgres.dsn(), "redis": redis.url}
            (state / "services.json").write_text(json.dumps(facts))

        def ready() -> None:
            (state / "ready").write_text(f"{os.getpid()} {time.monotonic() - began:.2f}")
            Terminal().say("READY")

        return Supervisor(
            parts,
            log_dir=state / "log",
            mark=str(state),
            on_ready=ready,
            hurry_when=alone,  # type: ignore[arg-type]
        ).run()

    return reaper.run_under_reaper(inner)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OpsError as error:
        print(error)
        sys.exit(1)
