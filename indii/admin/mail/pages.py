"""The mail page."""

import reflex as rx

from indii.admin.frame.components import admin_page
from indii.admin.mail import components as parts
from indii.admin.mail.state import EmailsState
from indii.ui import primitives as ui
from indii.ui.page import page


@page(
    route="/admin/mail",
    title="E-mails · Indii",
    description="E-mails of this installation and whether they were sent.",
    on_load=EmailsState.load,
    active="admin",
)
def mail() -> rx.Component:
    """Show emails without their text."""
    refresh = ui.button("Refresh", icon="retry", on_click=EmailsState.load)
    return admin_page("mail", "E-mails", EmailsState, parts.emails_list(), refresh)
