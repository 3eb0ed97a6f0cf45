"""The recording row and card."""

from typing import Any

import reflex as rx

from indii.catalog.recordings.queries import RecordingRow, play_item
from indii.ui import primitives as ui
from indii.ui.actions import Place, Subject, actions

WAVE_WIDTH = 256
Row = rx.Var[RecordingRow]


def play_data(row: Any) -> rx.Var[str]:
    """Return the `data-play` of a row that can be played, made of the row where it is shown."""
    return rx.Var.create(play_item(row)).to_string()


def _cover(row: Row, *, size: int, src: Any) -> rx.Component:
    return rx.cond(
        row.wave != "",
        ui.play_cover(src, play_data(row), row.title, size=size),
        ui.cover(src, size=size),
    )


def recording_actions(row: Row, place: Place) -> list[rx.Component]:
    """Return what features let people do with a recording here."""
    return actions("recording", Subject(id=row.id, title=row.title), place)


def recording_row(row: Row, *, why: Any = None) -> rx.Component:
    """One recording of a list; the whole row leads to its page.

    `why` makes it a row of a `rows-why` list: a reason in place of waveform, tempo, key and tags.
    """
    href = "/recording/" + row.slug
    return rx.el.li(
        _cover(row, size=48, src=row.cover_small),
        rx.el.div(
            ui.link(row.title, href=href, class_name="row-title"),
            rx.el.span(
                ui.link(row.producer_name, href="/producer/" + row.producer_slug),
                rx.el.span(row.meta, class_name="row-meta num"),
                class_name="row-sub",
            ),
            class_name="row-main",
        ),
        *(_sound(row) if why is None else [rx.el.span(why, class_name="row-why")]),
        rx.el.span(*recording_actions(row, "row"), class_name="row-actions"),
        rx.cond(
            row.price != "",
            ui.price_link(
                row.price,
                prefix=row.price_prefix,
                href=href + "#license",
                label=row.price_words,
                custom_attrs={"data-license": row.id},
            ),
            rx.el.span(class_name="price"),
        ),
        class_name="row",
        custom_attrs={"data-recording": row.id},
    )


def _sound(row: Row) -> list[rx.Component]:
    return [
        ui.wave(row.wave, row.id, width=WAVE_WIDTH),
        rx.el.span(
            rx.cond(
                row.bpm != "",
                rx.fragment(row.bpm, " ", rx.el.small("bpm")),
                rx.el.span("–", custom_attrs={"aria-hidden": "true"}),
            ),
            class_name="row-bpm num",
        ),
        rx.el.span(
            rx.cond(
                row.camelot != "",
                row.camelot,
                rx.el.span("–", custom_attrs={"aria-hidden": "true"}),
            ),
            class_name="row-key num",
            title=row.key_name,
        ),
        rx.el.span(row.tags, class_name="row-tags"),
    ]


def recording_card(row: Row) -> rx.Component:
    """One recording of a grid: its cover large, its name, its producer."""
    return rx.el.li(
        _cover(row, size=320, src=row.cover_url),
        ui.link(row.title, href="/recording/" + row.slug, class_name="card-title"),
        rx.el.span(
            ui.link(row.producer_name, href="/producer/" + row.producer_slug),
            class_name="card-sub",
        ),
        rx.el.span(*recording_actions(row, "card"), class_name="card-actions"),
        class_name="card",
        custom_attrs={"data-recording": row.id},
    )


def recording_rows(rows: Any) -> rx.Component:
    """Show recordings one below the other; playing one makes them the queue."""
    return rx.el.ol(
        # Reflex counts parameters, optional ones too.
        rx.foreach(rows, lambda row: recording_row(row)),  # noqa: PLW0108
        class_name="rows",
        custom_attrs={"data-queue": ""},
    )


def recording_cards(rows: Any) -> rx.Component:
    """Show recordings as cards side by side; playing one makes them the queue."""
    return rx.el.ul(
        rx.foreach(rows, recording_card), class_name="cards", custom_attrs={"data-queue": ""}
    )
