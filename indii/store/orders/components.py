"""Pieces of a producer's sales: what is owed, who is paying now, what was sold."""

import reflex as rx

from indii.business.ledger.queries import PayableLine
from indii.store.orders.kinds import HeldLine
from indii.store.orders.queries import SaleRow
from indii.store.orders.state import SalesState
from indii.ui import primitives as ui


def _owed(line: rx.Var[PayableLine]) -> rx.Component:
    return ui.stat(
        rx.cond(line.is_owed_back, "You owe", "Owed to you now"),
        line.payable_label,
        rx.cond(
            line.is_owed_back,
            "Refunds exceed your balance; the next sales cover it",
            "your share of sales, minus refunds",
        ),
    )


def numbers() -> rx.Component:
    """Show what is owed, currency by currency, and how much was sold."""
    nothing = ui.stat("Owed to you now", "Nothing", "no paid sales yet")
    return ui.stats(
        rx.cond(SalesState.owed.length() > 0, rx.foreach(SalesState.owed, _owed), nothing),
        ui.stat("Sold so far", SalesState.page.total, SalesState.page.total_note),
    )


def _hold(row: rx.Var[HeldLine]) -> rx.Component:
    return rx.el.li(
        ui.icon("clock"),
        rx.el.p(
            "Somebody is paying for ",
            row.what,
            " ",
            rx.el.b(row.title),
            " until ",
            rx.el.time(row.until, date_time=row.at, class_name="num"),
            ". Until then nobody else can buy it.",
        ),
        class_name="notice",
    )


def holds() -> rx.Component:
    """Say what is being paid for and cannot be sold to anybody else meanwhile."""
    found = SalesState.page.holds
    listed = rx.el.ul(rx.foreach(found, _hold), class_name="grid gap-3 mb-5")
    return rx.cond(found.length() > 0, listed, rx.fragment())


def _state(row: rx.Var[SaleRow]) -> rx.Component:
    badge = rx.match(
        row.state, ("refunding", ui.badge(row.state_label, "warn")), ui.badge(row.state_label)
    )
    return rx.cond(row.state_label != "", badge, rx.fragment())


def _sale(row: rx.Var[SaleRow]) -> rx.Component:
    paper = ui.link("PDF", href=row.document_href, document=True, class_name="link")
    unmade = rx.cond(row.has_document, rx.el.span("preparing", class_name="faint"), "–")
    made = rx.cond(row.document_href != "", paper, unmade)
    return rx.el.tr(
        ui.row_head(
            rx.el.div(
                ui.cover(row.cover, size=40),
                rx.el.div(
                    rx.el.span(row.title),
                    rx.el.p(
                        ui.time_ago(row.when, row.at),
                        rx.el.span(" · ", class_name="not-phone"),
                        rx.el.span(row.order_number, class_name="num not-phone"),
                        class_name="faint",
                    ),
                    rx.el.p(row.label, " · ", row.buyer, class_name="faint phone-line"),
                    rx.cond(
                        row.note != "", rx.el.p("“", row.note, "”", class_name="sub break-words")
                    ),
                    rx.cond(
                        row.state_label != "", rx.el.p(_state(row), class_name="phone-line")
                    ),
                    class_name="min-w-0",
                ),
                class_name="flex items-center gap-3",
            )
        ),
        ui.cell(rx.el.span(row.label, class_name="whitespace-nowrap")),
        ui.cell(row.buyer),
        ui.cell(_state(row)),
        ui.cell(made),
        ui.cell(row.price_label, num=True),
        ui.cell(row.receives_label, num=True),
        custom_attrs={"data-sale": row.id},
    )  # fmt: skip


def sales_table() -> rx.Component:
    """List what was sold, newest first."""
    page = SalesState.page
    newest = ui.link_button("Newest sales", href="/studio/sales", size="sm")
    older = ui.link_button("Older sales", href="/studio/sales?after=" + page.next_after, size="sm")
    return rx.el.section(
        rx.el.h2("Sales", class_name="sr"),
        rx.el.div(ui.table(
            [
                "Title", "What", "Buyer", ui.Column("State", hidden=True),
                "Document", ui.Column("Price", num=True), ui.Column("You receive", num=True),
            ],
            rx.foreach(page.rows, _sale),
            caption="Sales",
        ), class_name="phone-hides-2 phone-hides-3 phone-hides-4 phone-hides-6"),
        rx.el.div(
            rx.cond(SalesState.is_continued, newest, rx.fragment()),
            rx.cond(page.next_after != "", older, rx.fragment()),
            class_name="more gap-3 empty:hidden",
        ),
    )  # fmt: skip


def nothing_sold() -> rx.Component:
    """Say what happens when something is sold."""
    return ui.empty_state(
        "Nothing sold yet",
        "Every sale is listed here, with your share.",
        ui.link_button("Back to the studio", href="/studio"),
        icon="studio",
    )


def no_access() -> rx.Component:
    """Turn away whoever has no sales, with a way to some."""
    return ui.page(
        ui.empty_state(
            "Sales are for producers",
            "Sign in, or open a studio, to sell your own music.",
            rx.cond(
                SalesState.access == "fan",
                ui.link_button("Open a studio", href="/studio", kind="go"),
                ui.link_button("Sign in", href="/sign-in?next=/studio/sales", kind="go"),
            ),
            icon="studio",
            is_page=True,
        )
    )
