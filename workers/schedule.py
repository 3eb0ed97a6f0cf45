"""The whole beat table: what happens by the clock, and how often."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Beat:
    """One line of the table."""

    task: str
    every_s: float
    queue: str = "default"


BEATS = (
    # The sweep finds what a lost broker forgot: due jobs, leases that ran out.
    Beat("indii.sweep", 2.0),
    Beat("indii.publish_gauges", 10.0),
    Beat("indii.clean_up", 600.0),
    Beat("indii.refresh_words", 300.0),
    Beat("indii.reconcile", 60.0),
)


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Return the table as Celery takes it."""
    return {
        beat.task: {
            "task": beat.task,
            "schedule": beat.every_s,
            # A tick that nobody took before the next one is worth nothing.
            "options": {"queue": beat.queue, "expires": max(beat.every_s, 5.0)},
        }
        for beat in BEATS
    }
