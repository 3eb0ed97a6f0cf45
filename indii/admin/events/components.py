"""The table of inbound events."""

import reflex as rx

from indii.admin.events.queries import InboundEventRow
from indii.admin.events.state import InboundEventsState
from indii.admin.frame.components import older, or_nothing, state_links
from indii.ui import primitives as ui


def _inbound_state(state: rx.Var[str]) -> rx.Component:
    return rx.match(
        state,
        ("waiting", ui.badge("Waiting", "warn")),
        ("dead", ui.badge("Failed", "bad")),
        ("not_handled", ui.badge("Unhandled")),
        ui.badge("Done", "good"),
    )


def _inbound(event: rx.Var[InboundEventRow]) -> rx.Component:
    again = ui.button(
        "Retry",
        size="sm",
        on_click=InboundEventsState.replay(event.id),
        custom_attrs={"aria-label": "Retry " + event.kind},
    )
    return rx.el.tr(
        ui.row_head(
            rx.el.span(event.kind, class_name="break-words"),
            rx.el.p(event.sender, ", ", ui.time_ago(event.when, event.at), class_name="faint"),
            rx.el.p(_inbound_state(event.state), class_name="phone-line mt-1"),
            rx.cond(
                event.error != "",
                rx.el.p(event.error, class_name="sub phone-line break-words"),
                rx.fragment(),
            ),
        ),
        ui.cell(
            rx.cond(event.error != "", rx.el.p(event.error, class_name="break-words"), ""),
            rx.el.p(event.about, class_name="faint num break-all"),
        ),
        ui.cell(_inbound_state(event.state)),
        ui.cell(event.tries, num=True),
        ui.cell(again),
    )


def inbound_events() -> rx.Component:
    """List what the outside world told us, each with a way to work it again."""
    head = [
        "Event",
        "About",
        "State",
        ui.Column("Tries", num=True),
        ui.Column("Actions", hidden=True),
    ]
    page = InboundEventsState.page
    filled = ui.table(head, rx.foreach(page.rows, _inbound), caption="Payment events")
    return rx.el.div(
        state_links(page.tabs, "Events by state"),
        rx.el.div(
            or_nothing(page.rows, filled, "No events in this state."),
            class_name="phone-hides-2 phone-hides-3 phone-hides-4",
        ),
        older(page.older, "Older events"),
    )
