"""A legal document on a page."""

from collections.abc import Sequence

import reflex as rx

from indii.shell.legal.rules import REVIEW, Section
from indii.shell.legal.state import LegalState
from indii.ui import primitives as ui


def document(title: str, version: str, sections: Sequence[Section]) -> rx.Component:
    """Show the whole text with its version, and whom to write to."""
    return ui.page(
        ui.page_head(title, sub=f"Version of {version}"),
        rx.el.div(
            *(_section(section) for section in sections),
            _contact(),
            rx.el.p(REVIEW, class_name="sub"),
            # not `prose`: Tailwind's typography brings a class of that name, with its own colours
            class_name="max-w-[68ch] text-base leading-relaxed [&>*+*]:mt-4 [&>h2]:mt-9 "
            "[&>ul]:list-disc [&>ul]:pl-5",
        ),
        class_name="max-w-3xl",
    )


def _section(section: Section) -> rx.Component:
    points = [rx.el.ul(*(rx.el.li(point) for point in section.points))] if section.points else []
    return rx.fragment(
        rx.el.h2(section.title), *(rx.el.p(text) for text in section.paragraphs), *points
    )


def _contact() -> rx.Component:
    known = rx.fragment(
        rx.el.p("This site, ", LegalState.host, ", is run by whoever answers at ",
                ui.link(LegalState.contact, href=f"mailto:{LegalState.contact}", document=True),
                "."),
    )  # fmt: skip
    unknown = rx.el.p(
        "The operator of this site has not named an address yet (",
        rx.el.code("INDII_CONTACT"),
        " in the settings). They must do so before inviting people.",
    )
    return rx.fragment(
        rx.el.h2("Who runs this site"),
        rx.cond(
            LegalState.is_ready,
            rx.cond(LegalState.contact != "", known, unknown),
            rx.el.p("…", custom_attrs={"aria-hidden": "true"}),
        ),
    )
