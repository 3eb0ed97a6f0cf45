"""Orders as an operator sees them."""

import reflex as rx

from indii.admin.frame.components import admin_page
from indii.admin.orders import components as parts
from indii.admin.orders.state import OrdersState, OrderState
from indii.ui import errors
from indii.ui import primitives as ui
from indii.ui.page import page


@page(
    route="/admin/orders",
    title="Orders · Indii",
    description="Every order, by number, e-mail or payment.",
    on_load=OrdersState.load,
    active="admin",
)
def orders() -> rx.Component:
    """Show orders, newest first."""
    return admin_page("orders", "Orders", OrdersState, parts.orders_list())


def _found() -> rx.Component:
    view = OrderState.view
    main = rx.el.div(
        parts.lines_panel(), parts.refunds_panel(), parts.ledger_panel(),
        class_name="grid gap-5 content-start min-w-0",
    )  # fmt: skip
    aside = rx.el.div(
        parts.facts_panel(),
        parts.timeline("Checkouts", view.sessions, "No payment was needed."),
        parts.timeline("From the payment provider", view.events, "No events yet."),
        parts.timeline("Downloads", view.downloads, "No downloads yet."),
        parts.timeline("History", view.history, "No manual actions yet."),
        class_name="grid gap-5 content-start min-w-0",
    )
    return rx.fragment(parts.review_notice(), rx.el.div(main, aside, class_name="books"))


@page(
    route="/admin/order/[number]",
    title="Order · Indii",
    description="One order with its payment, documents and refunds.",
    on_load=OrderState.load,
    active="admin",
)
def order() -> rx.Component:
    """Show one order; give money back."""
    missing = errors.error_page(
        "No such order",
        "No order has this number.",
        ui.link_button("All orders", href="/admin/orders"),
        icon="search",
    )
    title = rx.cond(OrderState.view.number != "", "Order " + OrderState.view.number, "Order")
    body = rx.cond(OrderState.is_missing, missing, _found())
    return rx.fragment(
        admin_page("orders", title, OrderState, body), parts.refund_dialog(), parts.return_dialog()
    )
