"""Pieces of the operators' orders: the list, one order, the decision to give money back."""

import reflex as rx

from indii.admin.frame.components import older, search_box, state_links
from indii.admin.ledger.components import legs_table
from indii.admin.ledger.queries import MovementView
from indii.admin.orders.queries import Fact, OrderLine, OrderRow, TimelineEntry
from indii.admin.orders.state import PREFIX, OrdersState, OrderState
from indii.trust.refunds.queries import RefundRow
from indii.trust.refunds.rules import MAX_REASON
from indii.ui import forms, overlays
from indii.ui import primitives as ui


def order_badge(state: rx.Var[str], label: rx.Var[str]) -> rx.Component:
    """Say an order's state in its colour."""
    return rx.match(
        state,
        ("paid", ui.badge(label, "good")),
        ("needs_review", ui.badge(label, "bad")),
        ("awaiting_payment", ui.badge(label, "warn")),
        ui.badge(label),
    )


def _badges(row: rx.Var[OrderRow]) -> rx.Component:
    failed = ui.badge("Refund failed", "bad")
    return rx.el.span(
        order_badge(row.state, row.state_label),
        rx.cond(row.has_failed_refund, failed, rx.fragment()),
        class_name="inline-flex flex-wrap gap-2",
    )


def _row(row: rx.Var[OrderRow]) -> rx.Component:
    return rx.el.tr(
        ui.row_head(
            ui.link(row.number, href="/admin/order/" + row.number, class_name="num"),
            rx.el.p(row.what, ", ", ui.time_ago(row.when, row.at), class_name="faint"),
            rx.el.p(row.email, class_name="faint phone-line break-all"),
            rx.el.p(_badges(row), class_name="phone-line mt-1"),
        ),
        ui.cell(rx.el.span(row.email, class_name="break-all")),
        ui.cell(row.buyer),
        ui.cell(_badges(row)),
        ui.cell(row.total_label, num=True),
    )


def orders_list() -> rx.Component:
    """List orders, with search and states."""
    page = OrdersState.page
    filled = ui.table(
        ["Order", "E-mail", "Buyer", "State", ui.Column("Total", num=True)],
        rx.foreach(page.rows, _row),
        caption="Orders",
    )
    nothing = ui.empty_state(
        "No such order",
        rx.cond(
            (page.text != "") | (page.state != ""),
            "No order has this number, address or payment in this state.",
            "Nobody has ordered anything yet.",
        ),
        icon="search",
    )
    return rx.el.div(
        search_box(
            page.text, "Search orders", "Number, e-mail or payment reference", OrdersState.search
        ),
        state_links(page.tabs, "Orders by state"),
        rx.el.div(
            rx.cond(page.rows.length() > 0, filled, nothing),
            class_name="phone-hides-2 phone-hides-3 phone-hides-4",
        ),
        older(page.older, "Older orders"),
    )


# ---- one order ------------------------------------------------------------------------------


def _line(line: rx.Var[OrderLine]) -> rx.Component:
    badge = rx.match(
        line.state,
        ("granted", ui.badge(line.state_label, "good")),
        ("refunding", ui.badge(line.state_label, "warn")),
        ("canceled", ui.badge(line.state_label, "bad")),
        ui.badge(line.state_label),
    )
    document = ui.link("PDF", href=line.document_href, document=True, class_name="link")
    paper = rx.el.span(
        ui.link(line.document_label, href=line.page_href, class_name="link"),
        rx.cond(line.document_href != "", rx.el.span(" · ", document), " · preparing"),
        class_name="whitespace-nowrap",
    )
    return rx.el.tr(
        ui.row_head(
            line.title,
            rx.el.p(line.label, " · ", line.payee_name, class_name="faint"),
            rx.cond(line.recipient != "", rx.el.p(line.recipient, class_name="faint")),
            rx.cond(line.note != "", rx.el.p("“", line.note, "”", class_name="sub break-words")),
            rx.cond(line.page_href != "", rx.el.p(paper, class_name="faint"), rx.fragment()),
        ),
        ui.cell(badge),
        ui.cell(line.price_label, num=True),
        ui.cell(line.fee_label, num=True),
    )


def lines_panel() -> rx.Component:
    """Show the lines of the order with their papers."""
    refund = ui.button("Refund…", kind="bad", size="sm", on_click=OrderState.choose)
    return ui.panel(
        rx.el.div(
            ui.table(
                ["Line", "State", ui.Column("Price", num=True), ui.Column("Our fee", num=True)],
                rx.foreach(OrderState.view.lines, _line),
                caption="Lines of the order",
            ),
            class_name="phone-hides-4",
        ),
        title="Lines",
        action=rx.cond(OrderState.view.can_refund, refund, rx.fragment()),
    )


def _fact(fact: rx.Var[Fact]) -> rx.Component:
    return rx.el.div(rx.el.dt(fact.name), rx.el.dd(fact.value))


def facts_panel() -> rx.Component:
    """Show who bought, when, and by which payment."""
    view = OrderState.view
    return ui.panel(
        rx.el.dl(rx.foreach(view.facts, _fact), class_name="lines lines-facts"),
        title=view.total_label,
        action=order_badge(view.state, view.state_label),
    )


def _refund(row: rx.Var[RefundRow]) -> rx.Component:
    badge = rx.match(
        row.state,
        ("done", ui.badge(row.state_label, "good")),
        ("failed", ui.badge(row.state_label, "bad")),
        ui.badge(row.state_label, "warn"),
    )
    return rx.el.li(
        rx.el.div(
            rx.el.b(row.amount_label, class_name="num"),
            badge,
            rx.cond(row.is_open, ui.spinner("On its way"), rx.fragment()),
            rx.el.span(ui.time_ago(row.when, row.at), class_name="faint ml-auto"),
            class_name="flex flex-wrap items-center gap-3",
        ),
        rx.el.p(row.what),
        rx.el.p("“", row.reason, "” by ", row.by, class_name="sub break-words"),
        rx.cond(row.ref != "", rx.el.p(row.ref, class_name="faint num break-all"), rx.fragment()),
        rx.cond(row.error != "", rx.el.p(row.error, class_name="error break-words"), rx.fragment()),
        class_name="happening",
    )


def refunds_panel() -> rx.Component:
    """Show what went back, what is on its way, what failed and why."""
    found = OrderState.view.refunds
    filled = ui.panel(rx.el.ul(rx.foreach(found, _refund)), title="Refunds")
    return rx.cond(found.length() > 0, filled, rx.fragment())


def _moved(view: rx.Var[MovementView]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.h3(ui.link(view.kind_label, href="/admin/ledger/" + view.id)),
            rx.el.span(ui.time_ago(view.when, view.at), class_name="faint ml-auto"),
            class_name="flex items-baseline gap-3 mb-1",
        ),
        legs_table(view.legs, view.dedupe_key),
        class_name="happening",
    )


def ledger_panel() -> rx.Component:
    """Show what the order moved in the ledger."""
    found = OrderState.view.ledger
    nothing = rx.el.p("No money moved.", class_name="sub")
    return ui.panel(
        rx.cond(found.length() > 0, rx.el.ul(rx.foreach(found, _moved)), nothing), title="Ledger"
    )


def _happening(row: rx.Var[TimelineEntry]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(row.what, class_name="break-words min-w-0"),
            rx.el.span(ui.time_ago(row.when, row.at), class_name="faint ml-auto whitespace-nowrap"),
            class_name="flex items-baseline gap-3",
        ),
        rx.el.p(
            row.state,
            rx.cond(row.about != "", rx.el.span(" · ", row.about), rx.fragment()),
            class_name="faint break-words",
        ),
        class_name="happening",
    )


def timeline(title: str, found: rx.Var, nothing: str) -> rx.Component:
    """List what happened, newest first."""
    filled = rx.el.ul(rx.foreach(found, _happening))
    return ui.panel(
        rx.cond(found.length() > 0, filled, rx.el.p(nothing, class_name="sub")), title=title
    )


# ---- giving money back ----------------------------------------------------------------------


def _choice(line: rx.Var[OrderLine]) -> rx.Component:
    box = rx.el.label(
        rx.el.input(name=PREFIX + line.id, type="checkbox", value="yes", default_checked=True),
        rx.el.span(line.title, rx.el.small(line.label, ", ", line.price_label, class_name="num")),
        class_name="check",
    )
    return rx.cond(line.can_refund, rx.el.li(box), rx.fragment())


def _choose() -> rx.Component:
    return forms.form(
        rx.el.fieldset(
            rx.el.legend("Items to refund", class_name="label mb-2"),
            rx.el.ul(rx.foreach(OrderState.view.lines, _choice), class_name="grid gap-3"),
            rx.el.p(
                OrderState.errors["lines"], class_name="error mt-2",
                custom_attrs={"aria-live": "polite"},
            ),
            class_name="border-0 p-0 min-w-0",
        ),
        forms.textarea_field(
            "reason", "Reason, shown to buyer and seller", rows=3,
            error=OrderState.errors["reason"], required=True, max_length=MAX_REASON,
        ),
        forms.actions(
            forms.submit("Review", kind="quiet"),
            ui.button("Cancel", kind="plain", custom_attrs=overlays.closes()),
        ),
        on_submit=OrderState.review,
        class_name=rx.cond(OrderState.step == "confirm", "form hidden", "form"),
    )  # fmt: skip


def _title(title: rx.Var[str]) -> rx.Component:
    return rx.el.li(title)


def _confirm() -> rx.Component:
    draft = OrderState.draft
    return rx.el.div(
        rx.el.p(
            rx.el.b(draft.amount_label, class_name="num"),
            " is refunded to ",
            rx.el.b(OrderState.view.email),
            " by the original payment method. ",
            rx.foreach(draft.ends, lambda said: rx.fragment(said, " ")),
            "This cannot be undone.",
        ),
        rx.el.ul(
            rx.foreach(draft.titles, _title),
            class_name="list-disc pl-5 grid gap-1",
        ),
        rx.el.p("“", draft.reason, "”", class_name="sub break-words"),
        forms.actions(
            ui.button(draft.button, kind="bad", on_click=OrderState.give_back),
            ui.button("Back", kind="plain", on_click=OrderState.back),
        ),
        class_name="grid gap-4",
    )


def review_notice() -> rx.Component:
    """Say what does not fit about the order, with the way out where there is one."""
    view = OrderState.view
    back = ui.button(
        "Refund the payment…", kind="bad", size="sm", on_click=OrderState.choose_return
    )
    note = rx.cond(
        view.needs_look,
        ui.notice(
            view.review_note,
            "warn",
            title="Needs review",
            action=rx.cond(view.return_label != "", back, rx.fragment()),
        ),
        ui.notice(view.review_note, title="Payment refunded"),
    )
    return rx.cond(view.review_note != "", rx.el.div(note, class_name="mb-5"), rx.fragment())


def return_dialog() -> rx.Component:
    """Give a payment back that did not fit its order: say why, and it is on its way."""
    view = OrderState.view
    return overlays.dialog(
        rx.el.p(
            view.review_note,
            " ",
            rx.el.b(view.return_label, class_name="num"),
            " is refunded to ",
            rx.el.b(view.email, class_name="break-words"),
            " by the original payment method. Nothing in the order is sold, and what it reserves is"
            " available again."
            " This cannot be undone.",
        ),
        forms.form(
            forms.textarea_field(
                "reason", "Reason, shown to the buyer", rows=3,
                error=OrderState.errors["reason"], required=True, max_length=MAX_REASON,
                id="return-reason",
            ),
            forms.actions(
                forms.submit("Refund " + view.return_label, kind="bad"),
                ui.button("Cancel", kind="plain", custom_attrs=overlays.closes()),
            ),
            on_submit=OrderState.give_payment_back,
        ),
        id="return",
        title="Refund the payment",
        is_open=OrderState.step == "return",
        on_close=OrderState.cancel,
    )  # fmt: skip


def refund_dialog() -> rx.Component:
    """Choose what goes back and why, then confirm it."""
    step = OrderState.step
    return overlays.dialog(
        _choose(),
        rx.cond(step == "confirm", _confirm(), rx.fragment()),
        id="refund",
        title=rx.cond(step == "confirm", OrderState.draft.button, "Refund"),
        is_open=(step == "choose") | (step == "confirm"),
        on_close=OrderState.cancel,
    )
