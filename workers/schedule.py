"""The whole beat table: what happens by the clock, and how often."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Beat:
    """One line of the table."""

    task: str
    every_s: float
    queue: str = "default"


BEATS = (
    # The sweep finds what a lost broker forgot: waiting events, due jobs, leases that ran out.
    Beat("indii.sweep", 2.0),
    Beat("indii.measure", 10.0),
    Beat("indii.tidy", 600.0),
    Beat("indii.refresh_words", 300.0),
)
