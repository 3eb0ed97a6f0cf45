"""The least a Reflex page costs: an empty page, 24 plain rows from a constant, one small event.

Nothing here is worth having: no frame, no fonts, no pictures, no database, no policy. Whatever a
real page takes longer than this is its own doing.
"""

from dataclasses import dataclass

import reflex as rx


@dataclass(frozen=True, slots=True)
class Row:
    """What a row says."""

    title: str
    producer: str
    bpm: str
    key: str
    price: str


ROWS = [
    Row(f"Recording {n}", f"Producer {n % 6}", str(80 + 3 * n), f"{n % 12 + 1}A", "$29.95")
    for n in range(24)
]


class FloorState(rx.State):
    """One list and one number."""

    rows: list[Row] = []  # noqa: RUF012 - a variable of a state
    count: int = 0

    @rx.event
    async def load(self) -> None:
        """Show the rows."""
        self.rows = ROWS

    @rx.event
    async def tick(self) -> None:
        """Count."""
        self.count += 1


def _row(row: rx.Var[Row]) -> rx.Component:
    return rx.el.li(
        rx.el.b(row.title),
        rx.el.span(row.producer),
        rx.el.span(row.bpm),
        rx.el.span(row.key),
        rx.el.span(row.price),
        class_name="floor-row flex gap-4",
    )


def blank() -> rx.Component:
    """Show one line of text."""
    return rx.el.main(rx.el.p("Floor", class_name="floor-text"))


def rows() -> rx.Component:
    """Show the rows once they are loaded."""
    return rx.el.main(
        rx.el.h1("Rows", class_name="floor-text"),
        rx.el.ol(rx.foreach(FloorState.rows, _row)),
        rx.el.button(FloorState.count, on_click=FloorState.tick, type="button"),
    )


app = rx.App(stylesheets=["floor.css"], html_lang="en", toaster=None, reset_style=False)
app.add_page(blank, route="/blank", title="Floor")
app.add_page(rows, route="/", title="Floor", on_load=FloorState.load)
