"""The ledger and the audit log."""

import reflex as rx

from indii.admin.frame.components import admin_page
from indii.admin.ledger import components as parts
from indii.admin.ledger.state import AuditState, LedgerState, MovementState
from indii.ui import errors
from indii.ui import primitives as ui
from indii.ui.page import page


@page(
    route="/admin/ledger",
    title="Ledger · Indii",
    description="What every account holds, and every movement of money.",
    on_load=LedgerState.load,
    active="admin",
)
def ledger() -> rx.Component:
    """Show the trial balance first, then the movements that it was summed from."""
    ready = rx.el.div(
        parts.checked(),
        rx.el.div(
            ui.section("Movements", parts.movements(), class_name="mt-0"),
            ui.section("Trial balance", parts.trial(), class_name="mt-0"),
            class_name="books",
        ),
    )
    check = ui.button("Check the ledger", icon="check", on_click=LedgerState.check)
    return admin_page("ledger", "Ledger", LedgerState, ready, check)


@page(
    route="/admin/ledger/[transaction]",
    title="Movement · Indii",
    description="One movement of money with both of its sides.",
    on_load=MovementState.load,
    active="admin",
)
def movement() -> rx.Component:
    """Show one movement."""
    view = MovementState.view
    back = ui.link_button("Back to the ledger", href="/admin/ledger")
    found = rx.el.div(
        rx.el.div(
            ui.panel(parts.legs_table(view.legs, view.dedupe_key), title=view.amount_label),
            class_name="min-w-0",
        ),
        ui.panel(parts.movement_facts(), title="Facts"),
        class_name="books",
    )
    missing = errors.error_page(
        "No such movement", "There is no ledger entry at this address.", back, icon="queue"
    )
    title = rx.cond(view.kind_label != "", view.kind_label, "Movement")
    body = rx.cond(MovementState.is_missing, missing, found)
    return admin_page("ledger", title, MovementState, body)


@page(
    route="/admin/audit",
    title="Audit log · Indii",
    description="Who did what, and to what.",
    on_load=AuditState.load,
    active="admin",
)
def audit() -> rx.Component:
    """Show remembered acts."""
    return admin_page("audit", "Audit log", AuditState, parts.audit_table())
