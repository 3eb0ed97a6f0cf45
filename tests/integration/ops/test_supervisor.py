"""What is started stays up, and what is stopped or killed leaves nothing."""

import os
import signal
import subprocess
import sys
import time

from indii.ops import processes
from tests.integration.ops.conftest import ROOT, STAND, eventually


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def test_it_starts_in_order_and_stops_in_reverse(stand):
    one = stand()
    everyone = one.everyone()
    assert len(everyone) == 7  # outer, inner, three children, two grandchildren
    began = time.monotonic()
    assert one.stop() == 0
    assert time.monotonic() - began < 15
    assert not one.everyone()
    stops = (one.state / "stops").read_text().split()
    assert set(stops[:2]) == {"web", "last"}
    assert stops[2] == "first"


def test_a_killed_child_is_started_again_without_its_orphans(stand):
    one = stand()
    old = {name: one.pid(f"web-{name}") for name in ("main", "near", "far")}
    others = one.pid("last-main")
    kill(old["main"])
    assert eventually(lambda: one.pid("web-main") not in {0, old["main"]})
    assert eventually(lambda: not any(map(processes.is_alive, old.values())))
    assert one.pid("last-main") == others
    assert "web ended (killed by SIGKILL)" in one.output.read_text()
    assert one.stop() == 0
    assert not one.everyone()


def test_a_killed_outer_process_leaves_no_orphan(stand):
    one = stand()
    everyone = one.everyone()
    kill(one.process.pid)
    one.process.wait()
    assert eventually(lambda: not any(map(processes.is_alive, everyone)), 15)
    assert not one.everyone()


def test_a_killed_inner_process_is_started_again_with_new_children(stand):
    one = stand()
    old = one.everyone()
    inner = one.inner
    (one.state / "ready").unlink()
    kill(inner)
    assert eventually(one.is_ready, 30), one.output.read_text()
    assert {pid for pid in old if processes.is_alive(pid)} == {one.process.pid}
    assert one.stop() == 0
    assert not one.everyone()


def test_after_both_were_killed_the_next_start_sweeps_what_survived(stand):
    one = stand()
    old = one.everyone()
    os.kill(one.process.pid, signal.SIGSTOP)  # so that it cannot restart the inner one
    kill(one.inner)
    kill(one.process.pid)
    one.process.wait()
    one.start()
    assert not any(map(processes.is_alive, old))
    assert one.stop() == 0


def test_ctrl_c_reaches_everything_through_the_outer_process(stand):
    one = stand()
    os.killpg(one.process.pid, signal.SIGINT)  # what a terminal does: its foreground group
    assert one.process.wait(10) == 0
    assert not one.everyone()
    assert "Stopping" in one.output.read_text()


def test_a_second_start_names_the_process_that_holds_the_folder(stand):
    one = stand()
    second = subprocess.run(
        [sys.executable, STAND, one.state],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert second.returncode == 1
    assert second.stdout.strip() == (
        f"Indii is already running from {one.state} (process {one.process.pid}). "
        f"Stop it first: kill {one.process.pid}"
    )


def test_a_child_that_stops_answering_is_started_again(stand):
    one = stand()
    old = one.pid("web-main")
    (one.state / "sick").touch()
    assert eventually(lambda: not processes.is_alive(old))
    (one.state / "sick").unlink()
    assert eventually(lambda: processes.is_alive(one.pid("web-main")))
    assert "web stopped answering; it is being restarted." in one.output.read_text()
    assert one.stop() == 0


def test_a_child_that_never_starts_ends_the_start_with_its_words(stand):
    one = stand("broken", wait=False)
    assert one.process.wait(30) == 1
    said = one.output.read_text()
    assert "broken does not start (exit code 3)." in said
    assert "broken | no such port" in said
    assert str(one.state / "log" / "broken.log") in said
    assert not one.everyone()


def test_a_step_that_fails_ends_the_start_with_its_words(stand):
    one = stand("failing", wait=False)
    assert one.process.wait(30) == 1
    said = one.output.read_text()
    assert "A hard step failed (exit code 4)." in said
    assert "failing | no" in said
    assert "READY" not in said
    assert not one.everyone()
