"""Pieces of the public pages."""

import reflex as rx

from indii.catalog.recordings.components import recording_row
from indii.discovery.browse.queries import ProducerCard, SimilarRow
from indii.ui import primitives as ui
from indii.ui.links import link


def similar_row(item: rx.Var[SimilarRow]) -> rx.Component:
    """Show a recording that sounds alike with the reason."""
    return recording_row(item.row, why=item.why)


def producer_card(item: rx.Var[ProducerCard]) -> rx.Component:
    """Show a producer in a list of people."""
    return rx.el.li(
        link(
            ui.avatar(item.avatar, item.name, 48),
            rx.el.span(rx.el.b(item.name), rx.el.span(item.recordings, class_name="sub")),
            href="/producer/" + item.slug,
            class_name="person",
        )
    )
