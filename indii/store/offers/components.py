"""The license panel."""

from typing import Any

import reflex as rx

from indii.business.licensing.rules import TermLine
from indii.store.offers.queries import TierView
from indii.ui import forms
from indii.ui import primitives as ui


def term_line(line: rx.Var[TermLine]) -> rx.Component:
    """Show one term behind the others, marked where it differs from the tier before."""
    return rx.fragment(" · ", rx.cond(line.differs, rx.el.mark(line.text), line.text))


def _add(tier: rx.Var[TierView], row: Any) -> rx.Component:
    """Put the license into the cart where no script can show the sheet."""
    return forms.native_form(
        forms.hidden("recording_id", row.id),
        forms.hidden("tier", tier.tier),
        forms.submit(
            "Add to cart",
            size="sm",
            custom_attrs={"aria-label": "Add to cart: " + tier.label},
        ),
        action="/cart/add",
        class_name="without-scripts",
    )


def _tier(tier: rx.Var[TierView], row: Any, is_own: Any) -> rx.Component:
    return rx.el.li(
        rx.el.b(tier.label),
        rx.el.span(tier.price_label, class_name="num"),
        rx.el.p(tier.files, rx.foreach(tier.lines, term_line)),
        rx.cond(tier.note != "", rx.el.p(tier.note)),
        rx.cond(is_own, rx.fragment(), _add(tier, row)),
        class_name="tier",
    )


def tiers_panel(tiers: Any, *, nothing: Any, row: Any, is_own: Any) -> rx.Component:
    """Show on which terms and at which price a recording is licensed; the price is the price.

    `nothing` says why there are no tiers. The button opens the license sheet.
    """
    buy = ui.link_button(
        "Choose a license",
        href="/recording/" + row.slug + "#license",
        kind="go",
        class_name="btn-wide needs-scripts",
        custom_attrs={"data-license": row.id},
    )
    return rx.el.section(
        rx.el.h2("License"),
        rx.cond(
            tiers.length() > 0,
            rx.fragment(
                rx.el.ul(
                    rx.foreach(tiers, lambda tier: _tier(tier, row, is_own)), class_name="tiers"
                ),
                rx.cond(is_own, rx.fragment(), buy),
            ),
            rx.el.p(nothing, class_name="sub"),
        ),
        class_name="panel",
        id="license",
    )
