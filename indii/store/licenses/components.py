"""The license sheet: opened by anything with `data-license`, wherever it is shown."""

import reflex as rx

from indii.store.licenses.state import LicenseState
from indii.store.offers.components import term_line
from indii.store.offers.queries import SheetTier
from indii.ui import overlays
from indii.ui import primitives as ui
from indii.ui.frame import around_pages

# The cart's cookie at the moment of a click: another tab may have begun the cart meanwhile.
HELD = rx.Var(
    _js_expr=r"(document.cookie.match(/(?:^|; )indii_cart=([\w-]*)/)?.[1] ?? '')", _var_type=str
)


@around_pages
def license_sheet() -> rx.Component:
    """Mount the sheet, once around all pages."""
    sheet = LicenseState.sheet
    said = rx.el.div(
        rx.cond(LicenseState.said != "", ui.notice(LicenseState.said, "bad"), rx.fragment()),
        rx.el.p(
            rx.cond(LicenseState.is_added, sheet.in_cart + " is in your cart.", ""),
            class_name="sr",
            role="status",
        ),
    )
    return overlays.sheet(
        _waiting(),
        rx.cond(sheet.tiers.length() > 0, _tiers(), rx.el.p(sheet.nothing, class_name="sub")),
        id="license-sheet",
        title="Choose a license",
        head=_head(),
        footer=[
            rx.cond(
                sheet.tiers.length() > 0,
                rx.el.div(said, rx.foreach(sheet.tiers, _sum), class_name="license-foot"),
                rx.fragment(),
            )
        ],
        called=overlays.OpenedBy("data-license", sheet.recording_id, LicenseState.open),
        on_close=LicenseState.close,
        class_name="license-sheet",
    )


def _head() -> rx.Component:
    sheet = LicenseState.sheet
    return rx.el.div(
        rx.cond(sheet.cover != "", ui.cover(sheet.cover, size=48), rx.el.span(class_name="cover")),
        rx.el.div(
            rx.el.b(sheet.title), rx.el.p(sheet.byline, class_name="sub"), class_name="min-w-0"
        ),
        class_name="license-of",
    )


def _waiting() -> rx.Component:
    shape = rx.el.div(rx.el.i(), rx.el.i(), class_name="tier")
    return rx.el.div(
        *([shape] * 3), class_name="tiers skeleton when-asked", custom_attrs={"aria-hidden": "true"}
    )


def _tiers() -> rx.Component:
    return rx.fragment(
        rx.el.fieldset(
            rx.el.legend("License", class_name="sr"),
            rx.foreach(LicenseState.sheet.tiers, _tier),
            class_name="tiers when-here",
        ),
        rx.el.p(
            "You get a PDF contract and a page that proves it.",
            class_name="sub when-here",
        ),
    )


def _tier(tier: rx.Var[SheetTier]) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="license",
            value=tier.tier,
            default_checked=tier.is_chosen,
        ),
        rx.el.b(tier.label),
        rx.el.span(tier.price_label, class_name="num"),
        rx.el.p(tier.files, rx.foreach(tier.lines, term_line)),
        rx.cond(tier.note != "", rx.el.p(tier.note)),
        class_name=rx.cond(tier.refusal != "", "tier is-off", "tier"),
    )


def _sum(tier: rx.Var[SheetTier]) -> rx.Component:
    """Show what one license comes to; the style sheet shows that of the chosen one alone."""
    return rx.el.div(
        rx.cond(tier.is_in_cart, _in_cart(tier), _to_take(tier)),
        class_name="license-sum when-here",
        custom_attrs={"data-tier": tier.tier},
    )


def _in_cart(tier: rx.Var[SheetTier]) -> rx.Component:
    return rx.fragment(
        rx.el.p(ui.icon("check"), tier.label + " is in your cart.", class_name="license-in"),
        rx.el.div(
            ui.link_button("Go to cart", href="/cart", kind="go", size="lg"),
            ui.button(
                "Keep listening",
                size="lg",
                # The button that was pressed is gone: the keyboard goes on here.
                auto_focus=True,
                custom_attrs=overlays.closes(),
            ),
            class_name="license-acts",
        ),
    )


def _to_take(tier: rx.Var[SheetTier]) -> rx.Component:
    sheet = LicenseState.sheet
    receives = rx.el.div(
        rx.el.dt(sheet.producer_name + " receives, after fees"),
        rx.el.dd(tier.receives, class_name="num"),
        class_name="sub",
    )
    sums = rx.el.dl(
        rx.el.div(rx.el.dt("You pay"), rx.el.dd(tier.price_label, class_name="num")),
        rx.cond(tier.receives != "", receives, rx.fragment()),
    )
    add = ui.button(
        rx.cond(sheet.in_cart != "", "Choose this one instead", "Add to cart"),
        kind="go",
        size="lg",
        class_name="btn-wide",
        on_click=LicenseState.add(sheet.recording_id, tier.tier, HELD),
    )
    instead = rx.el.p("Replaces the " + sheet.in_cart + " in your cart.", class_name="sub")
    refused = rx.fragment(
        rx.el.p(tier.refusal, class_name="sub"),
        ui.button("Add to cart", kind="go", size="lg", class_name="btn-wide", disabled=True),
    )
    free = rx.fragment(rx.cond(sheet.in_cart != "", instead, rx.fragment()), add)
    return rx.fragment(sums, rx.cond(tier.refusal != "", refused, free))
