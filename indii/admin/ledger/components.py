"""Pieces of the ledger's pages and of the audit log."""

import reflex as rx

from indii.admin.frame.components import older, search_box
from indii.admin.ledger.queries import AccountLine, AuditLine, Movement, TotalLine
from indii.admin.ledger.state import AuditState, LedgerState, MovementState
from indii.business.ledger.queries import EntryLine
from indii.ui import primitives as ui


def _account(line: rx.Var[AccountLine]) -> rx.Component:
    return rx.el.tr(
        ui.row_head(
            ui.link(line.label, href=line.href),
            rx.el.p(line.kind_label, class_name="faint"),
        ),
        ui.cell(line.currency),
        ui.cell(line.debit_label, num=True),
        ui.cell(line.credit_label, num=True),
    )


def _total(line: rx.Var[TotalLine]) -> rx.Component:
    said = rx.cond(line.is_even, ui.badge("Balanced", "good"), ui.badge("Unbalanced", "bad"))
    return rx.el.tr(
        ui.row_head(rx.el.span("Total", class_name="mr-2"), said),
        ui.cell(line.currency),
        ui.cell(line.debit_label, num=True),
        ui.cell(line.credit_label, num=True),
        class_name="total",
    )


_SIDES = [ui.Column("Debit", num=True), ui.Column("Credit", num=True)]


def trial() -> rx.Component:
    """Show what every account holds; both sides of a currency must agree."""
    view = LedgerState.view
    rows = [rx.foreach(view.accounts, _account), rx.foreach(view.totals, _total)]
    filled = ui.table(["Account", "Currency", *_SIDES], rows, caption="Trial balance")
    nothing = rx.el.p("No money has moved yet.", class_name="sub")
    return rx.el.div(
        rx.cond(view.accounts.length() > 0, filled, nothing), class_name="phone-hides-2"
    )


def _said(fault: rx.Var[str]) -> rx.Component:
    return rx.el.li(fault)


def checked() -> rx.Component:
    """Say what looking through the books found."""
    found = LedgerState.checked
    bad = rx.fragment(
        ui.notice(found.said, "bad", title="The ledger does not balance"),
        rx.el.ul(rx.foreach(found.faults, _said), class_name="grid gap-1 mt-3"),
    )
    said = rx.cond(found.is_good, ui.notice(found.said, "good"), bad)
    return rx.cond(found.said != "", rx.el.div(said, class_name="mb-5"), rx.fragment())


def _movement(row: rx.Var[Movement]) -> rx.Component:
    order = rx.cond(
        row.order_href != "",
        ui.link(row.order_number, href=row.order_href, class_name="num whitespace-nowrap"),
        rx.el.span("none", class_name="faint"),
    )
    return rx.el.tr(
        ui.row_head(
            ui.link(row.kind_label, href=row.href),
            rx.cond(row.is_reversed, rx.el.span(" ", ui.badge("Reversed", "warn")), ""),
            rx.el.p(
                ui.time_ago(row.when, row.at),
                rx.cond(row.memo != "", rx.el.span(" · ", row.memo), ""),
                class_name="faint break-words",
            ),
        ),
        ui.cell(order),
        ui.cell(row.amount_label, num=True),
    )


def movements() -> rx.Component:
    """List movements of money, with what the address filters by."""
    view = LedgerState.view
    chips = rx.el.div(
        rx.cond(
            view.code != "",
            ui.remove_chip(view.code_label, label="Show every account", href=view.without_code),
            rx.fragment(),
        ),
        rx.cond(
            view.order != "",
            ui.remove_chip(
                "Order " + view.order, label="Show every order", href=view.without_order
            ),
            rx.fragment(),
        ),
        class_name="chips mb-4 empty:hidden",
    )
    filled = ui.table(
        ["Movement", "Order", ui.Column("Amount", num=True)],
        rx.foreach(view.movements, _movement),
        caption="Movements of money",
    )
    nothing = rx.el.p("No movements.", class_name="sub")
    return rx.el.div(
        search_box(
            view.order, "Find an order's movements", "Order number", LedgerState.find, name="order"
        ),
        chips,
        rx.el.div(
            rx.cond(view.movements.length() > 0, filled, nothing), class_name="phone-hides-2"
        ),
        older(view.older, "Older movements"),
    )


def _leg(line: rx.Var[EntryLine]) -> rx.Component:
    return rx.el.tr(
        ui.row_head(
            line.label,
            rx.cond(line.owner_name != "", rx.el.p(line.owner_name, class_name="faint"), ""),
        ),
        ui.cell(line.debit_label, num=True),
        ui.cell(line.credit_label, num=True),
    )


def legs_table(legs: rx.Var, name: rx.Var[str]) -> rx.Component:
    """Show both sides of a movement; `name` tells it from others on the page."""
    return ui.table(["Account", *_SIDES], rx.foreach(legs, _leg), caption="Entries of " + name)


def _maybe(term: str, value: rx.Var[str], shown: rx.Component | None = None) -> rx.Component:
    pair = rx.el.div(
        rx.el.dt(term),
        rx.el.dd(shown if shown is not None else rx.el.span(value, class_name="num")),
    )
    return rx.cond(value != "", pair, rx.fragment())


def movement_facts() -> rx.Component:
    """Show what is known of a movement beside its entries."""
    view = MovementState.view

    def leading(text: str, href: rx.Var[str]) -> rx.Component:
        return ui.link(text, href=href, class_name="link")

    return rx.el.dl(
        _maybe("Moved", view.effective_at),
        _maybe("Recorded", view.created_at),
        _maybe("Memo", view.memo, rx.el.span(view.memo)),
        _maybe(
            "Order",
            view.order_number,
            ui.link(view.order_number, href=view.order_href, class_name="link num"),
        ),
        _maybe("At the payment provider", view.provider_ref),
        _maybe("Booking key", view.dedupe_key),
        _maybe("Reverses", view.reverses_href, leading("an earlier movement", view.reverses_href)),
        _maybe(
            "Reversed by", view.reversed_by_href, leading("a later movement", view.reversed_by_href)
        ),
        class_name="lines lines-facts",
    )


def _audit_row(line: rx.Var[AuditLine]) -> rx.Component:
    about = rx.cond(
        line.subject_href != "",
        ui.link(line.subject, href=line.subject_href, class_name="num whitespace-nowrap"),
        rx.el.span(line.subject, class_name="num whitespace-nowrap"),
    )
    return rx.el.tr(
        ui.row_head(
            line.action,
            rx.el.p(line.who, ", ", ui.time_ago(line.when, line.at), class_name="faint"),
            rx.el.p(about, class_name="phone-line"),
            rx.el.p(line.details, class_name="sub phone-line break-words"),
        ),
        ui.cell(about),
        ui.cell(rx.el.p(line.details, class_name="sub break-words min-w-48")),
    )


def audit_table() -> rx.Component:
    """Show remembered acts of people with power, newest first."""
    page = AuditState.page
    rows = rx.foreach(page.lines, _audit_row)
    filled = ui.table(["Action and person", "On", "Details"], rows, caption="Audit log")
    nothing = rx.el.p("No entries.", class_name="sub")
    return rx.el.div(
        search_box(
            page.text,
            "Search the audit log",
            "Action, person, order number or ID",
            AuditState.search,
        ),
        rx.el.div(
            rx.cond(page.lines.length() > 0, filled, nothing),
            class_name="phone-hides-2 phone-hides-3",
        ),
        older(page.older, "Older entries"),
    )
