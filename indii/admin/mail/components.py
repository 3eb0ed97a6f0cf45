"""The table of e-mails."""

import reflex as rx

from indii.admin.frame.components import older, or_nothing, state_links
from indii.admin.mail.queries import EmailRow
from indii.admin.mail.state import EmailsState
from indii.ui import primitives as ui


def _email_state(state: rx.Var[str]) -> rx.Component:
    return rx.match(
        state,
        ("waiting", ui.badge("Waiting", "warn")),
        ("refused", ui.badge("Refused", "bad")),
        ui.badge("Sent", "good"),
    )


def _email(email: rx.Var[EmailRow]) -> rx.Component:
    subject = rx.cond(
        email.href != "",
        ui.link(email.subject, href=email.href, document=True),
        rx.el.span(email.subject),
    )
    return rx.el.tr(
        ui.row_head(
            subject,
            rx.el.p(
                "to ", email.recipient, ", ", ui.time_ago(email.when, email.at),
                class_name="faint break-words",
            ),
        ),
        ui.cell(_email_state(email.state)),
        ui.cell(rx.cond(email.sent != "", email.sent, rx.el.span("not yet", class_name="faint"))),
    )  # fmt: skip


def emails_list() -> rx.Component:
    """List emails without their text; a developer's mailbox shows it."""
    page = EmailsState.page
    rows = rx.foreach(page.rows, _email)
    filled = ui.table(["E-mail", "State", "Sent"], rows, caption="E-mails")
    return rx.el.div(
        state_links(page.tabs, "E-mails by state"),
        rx.el.div(
            or_nothing(page.rows, filled, "No e-mail in this state."), class_name="phone-hides-3"
        ),
        older(page.older, "Older e-mails"),
    )
