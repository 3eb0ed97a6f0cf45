"""From counts to a drawing and to words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from indii.kernel.format import day_month, whole_number

WIDTH, HEIGHT = 640, 140


@dataclass(frozen=True, slots=True)
class Chart:
    """Paths for `viewBox="0 0 640 140"`: this span as line and area, the one before as a line."""

    line: str
    area: str
    before: str
    top: str
    first_day: str
    last_day: str
    words: str


def nice_top(most: int) -> int:
    """Return a round number that is at least `most`, and never so small that one play fills it."""
    top = 4
    while top < most:
        # 4, 10, 20, 40, 100, …
        top = top * 5 // 2 if str(top)[0] == "4" else top * 2
    return top


def line_path(values: Sequence[int], top: int) -> str:
    """Return the path of a line through the values."""
    last = max(len(values) - 1, 1)
    points = (
        f"{round(i * WIDTH / last, 1):g} {round(HEIGHT - v * HEIGHT / top, 1):g}"
        for i, v in enumerate(values)
    )
    return "M" + "L".join(points) if values else ""


def draw_chart(days: Sequence[tuple[str, int]], before: Sequence[tuple[str, int]]) -> Chart:
    """Return the drawing of two equally long spans on one scale."""
    now, then = [n for _, n in days], [n for _, n in before]
    top = nice_top(max([*now, *then], default=0))
    line = line_path(now, top)
    return Chart(
        line=line,
        area=f"{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}z" if line else "",
        before=line_path(then, top),
        top=whole_number(top),
        first_day=day_month(date.fromisoformat(days[0][0])) if days else "",
        last_day=day_month(date.fromisoformat(days[-1][0])) if days else "",
        words=(
            f"Plays by day: {whole_number(sum(now))} in the last {len(now)} days,"
            f" {whole_number(sum(then))} in the {len(then)} days before."
        ),
    )


def change_label(now: int, before: int) -> tuple[str, str]:
    """Return the change in words and its direction: ("+6 % vs. the 28 days before", "up")."""
    if not before:
        return ("no earlier data", "")
    percent = round(100 * (now - before) / before)
    direction = "up" if percent > 0 else "down" if percent < 0 else ""
    return (f"{percent:+d} % vs. the 28 days before", direction)
