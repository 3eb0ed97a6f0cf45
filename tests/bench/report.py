"""What a bench found: a readable table on the screen, JSON in `var/bench`."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from tests.bench.frontends import PLACE

WIDTH = 118


@dataclass(frozen=True)
class Figures:
    """Several measurements of one thing, in one unit."""

    values: tuple[float, ...]
    unit: str = "ms"

    @classmethod
    def of(cls, values: Iterable[float], unit: str = "ms") -> Figures:
        """Keep all of them."""
        return cls(tuple(values), unit)

    @property
    def median(self) -> float:
        """The one in the middle."""
        return statistics.median(self.values)

    @property
    def p95(self) -> float:
        """What all but one of twenty stay under."""
        if len(self.values) < 2:
            return self.values[0]
        return statistics.quantiles(self.values, n=20, method="inclusive")[18]

    def said(self, value: float | None = None) -> str:
        """The value (the median without one) with its unit, and the range it comes from."""
        shown = f"{short(self.median if value is None else value)} {self.unit}"
        if len(self.values) == 1:
            return shown
        low, high = min(self.values), max(self.values)
        return f"{shown} ({short(low)}-{short(high)})"

    def as_json(self) -> dict[str, Any]:
        """Everything, for later comparison."""
        return {
            "unit": self.unit,
            "median": self.median,
            "p95": self.p95,
            "min": min(self.values),
            "max": max(self.values),
            "n": len(self.values),
            "values": [round(v, 4) for v in self.values],
        }


def short(value: float) -> str:
    """Three digits that matter."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


@dataclass
class Line:
    """One comparison: ours, the floor, their ratio and the goal for it."""

    what: str
    ours: str
    floor: str = ""
    ratio: float | None = None
    goal: str = ""
    is_met: bool | None = None
    data: dict[str, Any] = field(default_factory=dict)


class Report:
    """The lines of one bench."""

    def __init__(self, name: str, title: str) -> None:
        self.name, self.title = name, title
        self.lines: list[Line] = []
        self.notes: list[str] = []
        self._began = datetime.now(UTC)
        self._load = [os.getloadavg()[0]]

    def compare(
        self,
        what: str,
        ours: Figures,
        floor: Figures,
        *,
        at: str = "median",
        most: float | None = None,
        least: float | None = None,
    ) -> float:
        """Add ours against the floor; the ratio is met below `most` or above `least`."""
        mine, theirs = getattr(ours, at), getattr(floor, at)
        ratio = mine / theirs if theirs else float("inf")
        goal, met = "", None
        if most is not None:
            goal, met = f"<= {most:g}x", ratio <= most
        if least is not None:
            goal, met = f">= {least:g}x", ratio >= least
        data = {"ours": ours.as_json(), "floor": floor.as_json(), "at": at}
        line = Line(what, ours.said(mine), floor.said(theirs), ratio, goal, met, data)
        self.lines.append(line)
        return ratio

    def limit(
        self,
        what: str,
        ours: Figures,
        most: float | None = None,
        floor: str = "",
        *,
        least: float | None = None,
    ) -> None:
        """Add a figure of ours with a limit in its own unit, above or below, or none."""
        met, goal = None, ""
        if most is not None:
            met, goal = ours.median <= most, f"<= {short(most)} {ours.unit}"
        if least is not None:
            met, goal = ours.median >= least, f">= {short(least)} {ours.unit}"
        data = {"ours": ours.as_json()}
        self.lines.append(Line(what, ours.said(), floor, None, goal, met, data))

    def note(self, text: str) -> None:
        """Add a sentence under the table."""
        self.notes.append(text)

    def done(self) -> int:
        """Print, save, and return how many goals were missed."""
        self._load.append(os.getloadavg()[0])
        show([self])
        PLACE.mkdir(parents=True, exist_ok=True)
        (PLACE / f"{self.name}.json").write_text(json.dumps(self.as_json(), indent=1))
        return sum(line.is_met is False for line in self.lines)

    def as_json(self) -> dict[str, Any]:
        """Everything that is known."""
        return {
            "name": self.name,
            "title": self.title,
            "began": self._began.isoformat(),
            "took_s": round((datetime.now(UTC) - self._began).total_seconds(), 1),
            "load": self._load,
            "cpus": os.cpu_count(),
            "lines": [vars(line) for line in self.lines],
            "notes": self.notes,
        }

    @property
    def load(self) -> str:
        """How busy the machine was: the load average before and after."""
        return " to ".join(f"{value:.1f}" for value in self._load)


def show(reports: Sequence[Report]) -> None:
    """Print the tables."""
    console = Console(width=WIDTH, soft_wrap=False)
    for report in reports:
        table = Table(box=box.SIMPLE_HEAD, title=report.title, title_justify="left", expand=True)
        table.add_column("", ratio=4)
        table.add_column("Indii (range)", justify="right", ratio=3)
        table.add_column("floor (range)", justify="right", ratio=3)
        table.add_column("ratio", justify="right", ratio=1)
        table.add_column("goal", justify="right", ratio=2)
        table.add_column("", ratio=1)
        for line in report.lines:
            ratio = "" if line.ratio is None else f"{line.ratio:.2f}x"
            verdict = {None: "", True: "met", False: "[bold red]missed"}[line.is_met]
            table.add_row(line.what, line.ours, line.floor, ratio, line.goal, verdict)
        console.print(table)
        for note in report.notes:
            console.print(f"  {note}", highlight=False, markup=False)
        console.print(f"  Load average {report.load} on {os.cpu_count()} cores.\n", highlight=False)
